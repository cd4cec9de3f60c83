"""Two Bumble hosts, each on a controller: one advertises by extended advertising, with a train; the other scans, synchronises
with the train, and connects to a second set.

Events: advertisement, train, connected, done. Bumble 0.0.233 does not put advertising data together that comes in several
reports, so that what it is to see as one fits into one.
"""

import asyncio

from bumble.device import AdvertisingEventProperties, AdvertisingParameters, PeriodicAdvertisingParameters
from bumble.hci import Address

import common

BEACON = Address('F0:F1:F2:F3:F4:F1')
CONNECTABLE = Address('F0:F1:F2:F3:F4:F2')
DATA = bytes([199, 0xFF]) + bytes(range(198))
TRAIN = bytes([5, 0x16, 1, 2, 3, 4])


async def advertise(device):
    properties = AdvertisingEventProperties(is_connectable=False, is_scannable=False)
    beacon = await device.create_advertising_set(
        random_address=BEACON,
        advertising_parameters=AdvertisingParameters(
            advertising_event_properties=properties,
            primary_advertising_interval_min=100,
            primary_advertising_interval_max=200,
            advertising_sid=3,
        ),
        advertising_data=DATA,
        periodic_advertising_parameters=PeriodicAdvertisingParameters(
            periodic_advertising_interval_min=80, periodic_advertising_interval_max=160
        ),
        periodic_advertising_data=TRAIN,
    )
    await beacon.start_periodic()
    connectable = AdvertisingEventProperties(is_connectable=True, is_scannable=False)
    await device.create_advertising_set(
        random_address=CONNECTABLE,
        advertising_parameters=AdvertisingParameters(advertising_event_properties=connectable),
    )


async def main():
    parser = common.options(__doc__)
    parser.add_argument('other', help='the transport of the second controller')
    options = parser.parse_args()
    advertiser = await common.open_device('advertiser', options.transport, 'F0:F1:F2:F3:F4:F3')
    scanner = await common.open_device('scanner', options.other, 'F0:F1:F2:F3:F4:F4')
    await advertiser.power_on()
    await scanner.power_on()
    await advertise(advertiser)

    loop = asyncio.get_running_loop()
    seen = loop.create_future()
    received = loop.create_future()

    def on_advertisement(advertisement):
        if str(advertisement.address).startswith(str(BEACON)[:17]) and not seen.done():
            seen.set_result(advertisement)

    scanner.on('advertisement', on_advertisement)
    await scanner.start_scanning()
    advertisement = await seen
    common.say('advertisement', sid=advertisement.sid, data=advertisement.data_bytes.hex())

    sync = await scanner.create_periodic_advertising_sync(BEACON, sid=3, sync_timeout=2.0)
    sync.on('periodic_advertisement', lambda train: received.done() or received.set_result(train))
    train = await received
    common.say('train', data=train.data_bytes.hex(), rssi=train.rssi)
    await scanner.stop_scanning()
    await sync.terminate()

    connection = await scanner.connect(CONNECTABLE)
    common.say('connected', address=str(connection.peer_address))
    await connection.disconnect()
    common.say('done')


asyncio.run(main())
