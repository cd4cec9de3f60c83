"""A GATT client on Bumble's host that does what it is told, line by line.

A line in is {"id": 1, "do": "read", "handle": 12}; the line out is {"id": 1, "result": ...} or {"id": 1, "error": "..."}.
Values are hexadecimal text. What comes unasked is an event: {"ev": "notification", "handle": ..., "value": ...}.

Bumble has no long write and refuses to send what it thinks wrong, so "request" and "command" send any octets as they
are, and tell the answer's octets.
"""

import asyncio

from bumble import att
from bumble.core import UUID, AdvertisingData
from bumble.device import Peer
from bumble.hci import Address

import common


class Client(common.Orders):
    def __init__(self, device):
        self.device = device
        self.connection = None
        self.peer = None
        self.answer = None

    async def scan(self, name):
        """Resolves to the address of the first advertiser with this name, and to what it advertises."""
        found = asyncio.get_running_loop().create_future()

        def advertised(advertisement):
            data = advertisement.data
            seen = data.get(AdvertisingData.COMPLETE_LOCAL_NAME) or data.get(AdvertisingData.SHORTENED_LOCAL_NAME)
            if seen == name and not found.done():
                found.set_result(advertisement)

        self.device.on('advertisement', advertised)
        await self.device.start_scanning(filter_duplicates=False)
        advertisement = await found
        await self.device.stop_scanning()
        address = advertisement.address
        return {
            'address': address.to_string(False),
            'type': 'public' if address.is_public else 'random',
            'data': bytes(advertisement.data).hex(),
        }

    async def connect(self, address, type='random'):
        kind = Address.PUBLIC_DEVICE_ADDRESS if type == 'public' else Address.RANDOM_DEVICE_ADDRESS
        self.connection = await self.device.connect(Address(address, kind))
        self.peer = Peer(self.connection)
        self.watch(self.connection)
        return {'handle': self.connection.handle}

    def watch(self, connection):
        """Shows notifications and indications of any handle, and catches the answers to raw requests."""
        client = connection.gatt_client
        handle_pdu = client.on_gatt_pdu

        def on_gatt_pdu(pdu):
            if self.answer and not self.answer.done() and pdu.op_code in att.ATT_RESPONSES:
                self.answer.set_result(bytes(pdu))
                return
            for kind, op_code in (('notification', 0x1B), ('indication', 0x1D)):
                if pdu.op_code == op_code:
                    common.say(kind, handle=pdu.attribute_handle, value=bytes(pdu.attribute_value).hex())
            handle_pdu(pdu)

        client.on_gatt_pdu = on_gatt_pdu

    async def mtu(self, mtu):
        return await self.peer.request_mtu(mtu)

    async def discover(self):
        """All services with their characteristics and descriptors, found by Bumble's own procedures."""
        tree = []
        await self.peer.discover_services()
        for service in self.peer.services:
            included = await self.peer.gatt_client.discover_included_services(service)
            await self.peer.discover_characteristics(service=service)
            characteristics = []
            for characteristic in service.characteristics:
                await self.peer.discover_descriptors(characteristic)
                characteristics.append(
                    {
                        'uuid': characteristic.uuid.to_hex_str('-'),
                        'handle': characteristic.handle,
                        'properties': int(characteristic.properties),
                        'descriptors': [
                            {'uuid': descriptor.type.to_hex_str('-'), 'handle': descriptor.handle}
                            for descriptor in characteristic.descriptors
                        ],
                    }
                )
            tree.append(
                {
                    'uuid': service.uuid.to_hex_str('-'),
                    'handle': service.handle,
                    'end': service.end_group_handle,
                    'included': [other.handle for other in included],
                    'characteristics': characteristics,
                }
            )
        return tree

    async def read(self, handle):
        return bytes(await self.peer.gatt_client.read_value(handle)).hex()

    async def read_by_uuid(self, uuid):
        values = await self.peer.read_characteristics_by_uuid(UUID(uuid))
        return [bytes(value).hex() for value in values]

    async def write(self, handle, value):
        await self.peer.gatt_client.write_value(handle, bytes.fromhex(value), with_response=True)

    async def write_command(self, handle, value):
        await self.peer.gatt_client.write_value(handle, bytes.fromhex(value), with_response=False)

    async def subscribe(self, handle, indicate=False):
        """By Bumble's own means: it looks for the CCCD and writes what the properties allow."""
        characteristic = self.characteristic(handle)
        await characteristic.subscribe(prefer_notify=not indicate)

    async def unsubscribe(self, handle):
        await self.characteristic(handle).unsubscribe(force=True)

    def characteristic(self, handle):
        for service in self.peer.services:
            for characteristic in service.characteristics:
                if characteristic.handle == handle:
                    return characteristic
        raise ValueError(f'no characteristic with the value handle {handle}')

    async def request(self, pdu):
        self.answer = asyncio.get_running_loop().create_future()
        self.connection.send_l2cap_pdu(att.ATT_CID, bytes.fromhex(pdu))
        try:
            return (await asyncio.wait_for(self.answer, 10)).hex()
        finally:
            self.answer = None

    async def command(self, pdu):
        self.connection.send_l2cap_pdu(att.ATT_CID, bytes.fromhex(pdu))

    async def disconnect(self):
        await self.connection.disconnect()


async def main():
    arguments = common.options(__doc__).parse_args()
    device = await common.open_device('client', arguments.transport, arguments.address or 'C0:00:5E:00:53:C0')
    device.on('connection', common.announce)
    await device.power_on()
    await Client(device).serve()


if __name__ == '__main__':
    common.run(main())
