"""A Bumble host that scans by extended commands, synchronises with a train, and connects to a connectable set.

Events: advertisement (one for each SID), long, train, connected, done. Bumble 0.0.233 does not put advertising data together
that comes in several reports: for SID 3 that is done here.
"""

import asyncio

from bumble.hci import Address

import common


async def main():
    parser = common.options(__doc__)
    parser.add_argument('advertiser', help='the address of who advertises: XX:XX:XX:XX:XX:XX')
    parser.add_argument('--random', action='store_true', help='whether that address is a random one')
    options = parser.parse_args()
    device = await common.open_device('scanner', options.transport, options.address)
    await device.power_on()
    kind = Address.RANDOM_DEVICE_ADDRESS if options.random else Address.PUBLIC_DEVICE_ADDRESS
    wanted = Address(options.advertiser, kind)

    loop = asyncio.get_running_loop()
    seen = {}
    both = loop.create_future()

    def on_advertisement(advertisement):
        if str(advertisement.address)[:17] != str(wanted)[:17] or advertisement.sid in seen or advertisement.sid == 3:
            return
        seen[advertisement.sid] = advertisement
        common.say(
            'advertisement',
            sid=advertisement.sid,
            data=advertisement.data_bytes.hex(),
            connectable=advertisement.is_connectable,
            secondary=int(advertisement.secondary_phy),
        )
        if {1, 2} <= set(seen) and not both.done():
            both.set_result(None)

    chain = bytearray()
    long = loop.create_future()

    def on_report(report):
        if str(report.address)[:17] != str(wanted)[:17] or report.advertising_sid != 3:
            return
        chain.extend(report.data)
        # Data_Status: more to come, or complete, or truncated (Core Vol 4, Part E, 7.7.65.13).
        status = report.event_type >> 5 & 3
        if status == 1:
            return
        if status == 0 and not long.done():
            long.set_result(bytes(chain))
        chain.clear()

    device.on('advertisement', on_advertisement)
    device.host.on('advertising_report', on_report)
    await device.start_scanning()
    await both
    common.say('long', data=(await long).hex())

    received = loop.create_future()
    sync = await device.create_periodic_advertising_sync(wanted, sid=1, sync_timeout=2.0)
    sync.on('periodic_advertisement', lambda train: received.done() or received.set_result(train))
    train = await received
    common.say('train', data=train.data_bytes.hex())
    await device.stop_scanning()
    await sync.terminate()

    connection = await device.connect(wanted)
    common.say('connected', peer=str(connection.peer_address))
    await connection.disconnect()
    common.say('done')


asyncio.run(main())
