"""A heart rate sensor on Bumble's host: services 0x180D, 0x180F, 0x180A and one with a 128-bit UUID.

Prints {"ev": "ready"} when it advertises as "Heart Rate", then connected, disconnected, mtu, subscribed and written.
"""

import asyncio
import struct

from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic, CharacteristicValue, Descriptor, Service

import common

# UUIDs of the 128-bit service; its second characteristic holds more than fits into one PDU.
NOTES = '3E7C0001-94D1-4F4B-8B1A-6E0F5D2C7A10'
SHORT_NOTE = '3E7C0002-94D1-4F4B-8B1A-6E0F5D2C7A10'
LONG_NOTE = '3E7C0003-94D1-4F4B-8B1A-6E0F5D2C7A10'

# Heart Rate Measurement: flags 0x16 (contact supported and detected, RR intervals), 72 beats a minute, 833/1024 s.
MEASUREMENT = struct.pack('<BBH', 0x16, 72, 833)

READ = Characteristic.Properties.READ
WRITE = Characteristic.Properties.WRITE
NOTIFY = Characteristic.Properties.NOTIFY
INDICATE = Characteristic.Properties.INDICATE
READABLE = Characteristic.READABLE
WRITEABLE = Characteristic.WRITEABLE


def written(what):
    return lambda _connection, value: common.say('written', what=what, value=bytes(value).hex())


def services():
    measurement = Characteristic(UUID.from_16_bits(0x2A37), NOTIFY, 0, b'')
    location = Characteristic(UUID.from_16_bits(0x2A38), READ, READABLE, b'\x01')
    control = Characteristic(
        UUID.from_16_bits(0x2A39), WRITE, WRITEABLE, CharacteristicValue(write=written('control point'))
    )
    battery = Characteristic(UUID.from_16_bits(0x2A19), READ | NOTIFY, READABLE, b'\x61')
    note = Characteristic(
        UUID(SHORT_NOTE),
        READ | INDICATE,
        READABLE,
        b'sixteen-byte key',
        [Descriptor(UUID.from_16_bits(0x2901), Descriptor.READABLE, b'a note')],
    )
    long_note = Characteristic(UUID(LONG_NOTE), READ, READABLE, bytes(n & 0xFF for n in range(300)))
    information = [
        Characteristic(UUID.from_16_bits(uuid), READ, READABLE, text)
        for uuid, text in ((0x2A29, b'Bumble'), (0x2A24, b'HR-1'), (0x2A25, b'0001'))
    ]
    tree = [
        Service(UUID.from_16_bits(0x180D), [measurement, location, control]),
        Service(UUID.from_16_bits(0x180F), [battery]),
        Service(UUID.from_16_bits(0x180A), information),
        Service(UUID(NOTES), [note, long_note]),
    ]
    return tree, measurement, note


async def main():
    arguments = common.options(__doc__).parse_args()
    device = await common.open_device('Heart Rate', arguments.transport, arguments.address or 'F0:00:5E:00:53:A0')
    tree, measurement, note = services()
    for service in tree:
        device.add_service(service)

    def subscribed(connection, notify, indicate):
        common.say('subscribed', notify=bool(notify), indicate=bool(indicate))
        if notify:
            asyncio.ensure_future(measure(connection))

    async def measure(connection):
        for rate in range(70, 75):
            await device.notify_subscriber(connection, measurement, bytes([0x00, rate]))

    def note_wanted(connection, _notify, indicate):
        if indicate:
            asyncio.ensure_future(device.indicate_subscriber(connection, note, b'indicated'))

    measurement.on('subscription', subscribed)
    note.on('subscription', note_wanted)
    device.on('connection', common.announce)
    device.advertising_data = bytes(
        AdvertisingData(
            [
                (AdvertisingData.FLAGS, b'\x06'),
                (AdvertisingData.COMPLETE_LOCAL_NAME, b'Heart Rate'),
                (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, b'\x0d\x18\x0f\x18'),
            ]
        )
    )
    device.scan_response_data = bytes(AdvertisingData([(AdvertisingData.APPEARANCE, b'\x41\x03')]))
    await device.power_on()
    await device.start_advertising(auto_restart=True, advertising_interval_min=50, advertising_interval_max=50)
    common.say('ready')
    await asyncio.get_running_loop().create_future()


common.run(main())
