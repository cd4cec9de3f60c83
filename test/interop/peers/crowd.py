"""Many Bumble hosts in one process.

As peripherals, each has a characteristic that it notifies and indicates as it is told; as centrals they all join one peripheral,
and keep what they hear from it.
"""

import asyncio

from bumble import att, gatt
from bumble.core import UUID
from bumble.hci import Address

import common


class Crowd(common.Orders):
    def __init__(self):
        self.devices = []
        self.tells = []
        self.clients = []
        self.heard_by = []

    async def add(self, transport, address):
        device = await common.open_device('crowd', transport, address)
        tells = gatt.Characteristic(
            UUID('B0B00002-0000-1000-8000-00805F9B34FB'),
            gatt.Characteristic.Properties.NOTIFY | gatt.Characteristic.Properties.INDICATE,
            gatt.Characteristic.READABLE,
            b'',
        )
        value = gatt.Characteristic(
            UUID('B0B00001-0000-1000-8000-00805F9B34FB'),
            gatt.Characteristic.Properties.READ,
            gatt.Characteristic.READABLE,
            bytes([len(self.devices)]),
        )
        device.add_service(gatt.Service(UUID('B0B00000-0000-1000-8000-00805F9B34FB'), [value, tells]))
        self.devices.append(device)
        self.tells.append(tells)
        await device.power_on()
        device.advertising_data = b'\x02\x01\x06'
        await device.start_advertising(auto_restart=False, advertising_interval_min=50, advertising_interval_max=50)
        return {'value': value.handle, 'told': tells.handle}

    async def notify(self, device, octets, size):
        """Notifies so many octets in values of a size, each (position * 7 + (position >> 8)) & 0xFF."""
        data = bytes((i * 7 + (i >> 8)) & 0xFF for i in range(octets))
        for at in range(0, octets, size):
            await self.devices[device].notify_subscribers(self.tells[device], data[at : at + size])

    async def indicate(self, device, count):
        """Indicates so many numbers, each after the one before was confirmed."""
        for number in range(count):
            await self.devices[device].indicate_subscribers(self.tells[device], number.to_bytes(2, 'little'))
        return count

    async def indicate_all(self, count):
        return await asyncio.gather(*(self.indicate(i, count) for i in range(len(self.devices))))

    async def join(self, transport, address, peer):
        """As a central: connects to a peripheral, of which all further orders are."""
        device = await common.open_device('crowd', transport, address)
        self.devices.append(device)
        await device.power_on()
        connection = await device.connect(Address(peer, Address.RANDOM_DEVICE_ADDRESS))
        client = connection.gatt_client
        heard = {'notifications': [], 'indications': []}

        def indicated(pdu):
            heard['indications'].append(pdu.attribute_value.hex())
            client.send_confirmation(att.ATT_Handle_Value_Confirmation())

        client.on_att_handle_value_indication = indicated
        client.on_att_handle_value_notification = lambda pdu: heard['notifications'].append(pdu.attribute_value.hex())
        self.clients.append(client)
        self.heard_by.append(heard)

    async def read_all(self, handle, times=1):
        """Reads on all links beside one another, so many times on each."""

        async def read(client):
            return [bytes(await client.read_value(handle)).hex() for _ in range(times)]

        return await asyncio.gather(*(read(client) for client in self.clients))

    async def write_all(self, handle, value):
        octets = bytes.fromhex(value)
        await asyncio.gather(*(client.write_value(handle, octets, with_response=True) for client in self.clients))

    async def heard(self):
        return self.heard_by

    async def leave(self, device):
        await self.clients[device].connection.disconnect()


async def main():
    common.options(__doc__).parse_args()
    await Crowd().serve()


common.run(main())
