"""Two Bumble hosts, each on a controller: one broadcasts two encrypted streams, the other synchronises with them and receives.

Events: created, biginfo, synchronised, sdu (stream, status, data), wrong code (reason), done (reason).
"""

import asyncio

from bumble.device import (
    AdvertisingEventProperties,
    AdvertisingParameters,
    BigParameters,
    BigSync,
    BigSyncParameters,
    PeriodicAdvertisingParameters,
)
from bumble.hci import Address, HCI_LE_Setup_ISO_Data_Path_Command

import common

BEACON = Address('F0:F1:F2:F3:F4:F1')
CODE = b'Borne House'.ljust(16, b'\0')
WRONG = b'Another House'.ljust(16, b'\0')
SDUS = [bytes([n]) * 100 for n in range(1, 6)]
Direction = HCI_LE_Setup_ISO_Data_Path_Command.Direction


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
        periodic_advertising_parameters=PeriodicAdvertisingParameters(
            periodic_advertising_interval_min=80, periodic_advertising_interval_max=160
        ),
        periodic_advertising_data=bytes([3, 0x16, 0x51, 0x18]),
    )
    await beacon.start_periodic()
    return beacon


async def main():
    parser = common.options(__doc__)
    parser.add_argument('other', help='the transport of the second controller')
    options = parser.parse_args()
    broadcaster = await common.open_device('broadcaster', options.transport, 'F0:F1:F2:F3:F4:F3')
    receiver = await common.open_device('receiver', options.other, 'F0:F1:F2:F3:F4:F4')
    await broadcaster.power_on()
    await receiver.power_on()
    loop = asyncio.get_running_loop()

    beacon = await advertise(broadcaster)
    big = await broadcaster.create_big(
        beacon,
        BigParameters(
            num_bis=2, sdu_interval=10000, max_sdu=100, max_transport_latency=20, rtn=2, broadcast_code=CODE
        ),
    )
    common.say(
        'created', delay=big.big_sync_delay, latency=big.transport_latency_big, nse=big.nse, bn=big.bn, irc=big.irc
    )

    await receiver.start_scanning()
    sync = await receiver.create_periodic_advertising_sync(BEACON, sid=3, sync_timeout=2.0)
    told = loop.create_future()
    sync.on('biginfo_advertisement', lambda info: told.done() or told.set_result(info))
    info = await told
    await receiver.stop_scanning()
    common.say('biginfo', bis=info.num_bis, nse=info.nse, encryption=int(info.encryption), sdu=info.sdu_interval)

    async def synchronise(code, timeout=100):
        parameters = BigSyncParameters(big_sync_timeout=timeout, bis=[1, 2], broadcast_code=code)
        return await receiver.create_big_sync(sync, parameters)

    for link in big.bis_links:
        await link.setup_data_path(direction=Direction.HOST_TO_CONTROLLER)

    right = await synchronise(CODE)
    common.say('synchronised', latency=right.transport_latency_big, streams=len(right.bis_links))
    whole = loop.create_future()
    count = 0

    def sink(stream):
        def take(packet):
            nonlocal count
            if packet.packet_status_flag != 0:
                return
            common.say('sdu', stream=stream, data=packet.iso_sdu_fragment.hex())
            count += 1
            if count == 2 * len(SDUS):
                whole.set_result(None)

        return take

    for number, link in enumerate(right.bis_links, 1):
        link.sink = sink(number)
        await link.setup_data_path(direction=Direction.CONTROLLER_TO_HOST)
    for sdu in SDUS:
        for link in big.bis_links:
            link.write(sdu)
    await whole
    await right.terminate()
    receiver.big_syncs.clear()

    wrong = await synchronise(WRONG)
    lost = loop.create_future()
    wrong.on(BigSync.Event.TERMINATION, lambda reason: lost.set_result(reason))
    big.bis_links[0].write(SDUS[0])
    common.say('wrong code', reason=await lost)

    last = await synchronise(CODE)
    ended = loop.create_future()
    last.on(BigSync.Event.TERMINATION, lambda reason: ended.set_result(reason))
    await big.terminate()
    common.say('done', reason=await ended)


asyncio.run(main())
