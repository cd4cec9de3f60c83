"""A Bumble host that changes its services, or meets a server that does, and does what it is told, line by line.

As a client it knows all orders of client.py. As a server it has what Bumble lacks, by hand: services that go or move, the
Service Changed indication (Core Vol 3, Part G, 7.1), subscriptions that are kept with a bond (3.3.3.3), and Database Out Of
Sync for whoever wrote robust caching into Client Supported Features and does not know of a change (2.5.2.1).

Bumble 0.0.233 sends the Database Hash most significant octet first; a client only compares it, and does not mind.
"""

import asyncio
import struct

from bumble import att, crypto
from bumble.core import UUID
from bumble.gatt import Characteristic, Service

import client
import common

# What goes into the Database Hash with its value, and without (7.3.1).
WITH_VALUE = (0x2800, 0x2801, 0x2802, 0x2803, 0x2900)
WITHOUT_VALUE = (0x2901, 0x2902, 0x2903, 0x2904, 0x2905)


def service_of(uuid, value):
    """A service with one characteristic, whose UUID is the next one; it is read, notified and indicated."""
    properties = Characteristic.Properties
    number = int(uuid, 16)
    tells = Characteristic(
        UUID.from_16_bits(number + 1),
        properties.READ | properties.NOTIFY | properties.INDICATE,
        Characteristic.READABLE,
        bytes.fromhex(value),
    )
    return Service(UUID.from_16_bits(number), [tells])


class Changing(client.Client):
    def __init__(self, device):
        super().__init__(device)
        self.server = device.gatt_server
        self.made = {}
        self.kept = {}
        self.due = None
        self.unaware = False
        device.on('connection', self.connected)
        common.just_works(device)
        answer = self.server.on_gatt_pdu

        def on_gatt_pdu(bearer, pdu):
            if not self.out_of_sync(bearer, pdu):
                answer(bearer, pdu)

        self.server.on_gatt_pdu = on_gatt_pdu

    def connected(self, connection):
        self.connection = connection
        common.announce(connection)
        connection.on('pairing', lambda keys: common.say('paired'))
        connection.on('connection_encryption_change', lambda: self.encrypted(connection))

    def encrypted(self, connection):
        common.say('encryption', on=bool(connection.encryption))
        if connection.encryption and self.due:
            (start, end), self.due = self.due, None
            self.server.subscribers[connection] = dict(self.kept)
            asyncio.ensure_future(self.changed(start, end)).add_done_callback(lambda _: common.say('told'))

    async def pair(self):
        await self.connection.pair()

    async def encrypt(self):
        await self.connection.encrypt()

    # As a client

    async def rediscover(self):
        """Bumble adds to what it knows; here it forgets that first."""
        self.peer.gatt_client.services = []
        return await self.discover()

    async def hash_of_found(self):
        """The Database Hash by Bumble's AES-CMAC, of the attributes as this client finds them."""
        found = []
        at = 1
        while at <= 0xFFFF:
            answer = await self.peer.gatt_client.send_request(
                att.ATT_Find_Information_Request(starting_handle=at, ending_handle=0xFFFF)
            )
            if answer.op_code == att.Opcode.ATT_ERROR_RESPONSE:
                break
            for handle, uuid in answer.information:
                found.append((handle, UUID.from_bytes(uuid)))
                at = handle + 1
        text = b''
        for handle, uuid in found:
            number = int.from_bytes(uuid.to_bytes(), 'little') if len(uuid.to_bytes()) == 2 else 0
            if number in WITH_VALUE or number in WITHOUT_VALUE:
                text += struct.pack('<HH', handle, number)
            if number in WITH_VALUE:
                text += bytes(await self.peer.gatt_client.read_value(handle))
        return crypto.aes_cmac(m=text, k=bytes(16)).hex()

    # As a server

    async def advertise(self):
        self.device.advertising_data = b'\x02\x01\x06\x08\x09changes'
        await self.device.start_advertising(auto_restart=False, advertising_interval_min=50, advertising_interval_max=50)

    async def add(self, uuid, value):
        """Adds a service behind all others; tells nobody."""
        self.made[uuid] = service_of(uuid, value)
        self.device.add_service(self.made[uuid])
        return self.range(uuid)

    async def remove(self, uuid):
        """Takes a service away, which has to be the last one."""
        service = self.made.pop(uuid)
        gone = self.range_of(service)
        assert self.server.attributes[-1].handle == service.end_group_handle
        del self.server.attributes[service.handle - 1 :]
        self.server.services.remove(service)
        self.server.attributes_by_handle.clear()
        return gone

    async def insert(self, uuid, value, before):
        """Adds a service before another one, which moves with all behind it: they are made anew, and nobody is subscribed."""
        behind = [name for name, service in self.made.items() if service.handle >= self.made[before].handle]
        values = {name: self.made[name].characteristics[0].value.hex() for name in behind}
        for name in reversed(behind):
            await self.remove(name)
        for subscribers in self.server.subscribers.values():
            for handle in [handle for handle in subscribers if handle > len(self.server.attributes)]:
                del subscribers[handle]
        added = await self.add(uuid, value)
        for name in behind:
            await self.add(name, values[name])
        return added

    def range(self, uuid):
        return self.range_of(self.made[uuid])

    def range_of(self, service):
        return {
            'start': service.handle,
            'end': service.end_group_handle,
            'value': service.characteristics[0].handle,
        }

    async def changed(self, start, end):
        """Indicates Service Changed to whoever subscribed to it; resolves when that is confirmed."""
        characteristic = self.device.gatt_service.service_changed_characteristic
        await self.server.indicate_subscribers(characteristic, struct.pack('<HH', start, end))
        self.unaware = False

    async def hash(self):
        return self.device.gatt_service.get_database_hash(self.connection).hex()

    async def features(self):
        return self.device.gatt_service.client_supported_features_characteristic.value.hex()

    async def configurations(self):
        """What the client of the link wrote into the Client Characteristic Configurations, by value handle."""
        subscribers = self.server.subscribers.get(self.connection, {})
        return {str(handle): value.hex() for handle, value in subscribers.items()}

    async def keep(self):
        """Keeps them, as with a bond, for the link that comes next."""
        self.kept = dict(self.server.subscribers.get(self.connection, {}))

    async def restore(self):
        self.server.subscribers[self.connection] = dict(self.kept)

    async def owe(self, start, end):
        """Restores them by itself on the link that comes next, and indicates this range there: as soon as it is encrypted."""
        self.due = (start, end)

    async def tell(self, uuid, value, indicate=False):
        characteristic = self.made[uuid].characteristics[0]
        send = self.server.indicate_subscribers if indicate else self.server.notify_subscribers
        await send(characteristic, bytes.fromhex(value))

    async def outdate(self):
        """The client does not know the database from now on, until it read the hash, was told, or was refused."""
        self.unaware = True

    def out_of_sync(self, bearer, pdu):
        """Refuses what names a handle; whoever read the hash knows with the next request."""
        features = self.device.gatt_service.client_supported_features_characteristic.value
        if not self.unaware or not features[0] & 1:
            return False
        hash_type = self.device.gatt_service.database_hash_characteristic.type
        if isinstance(pdu, att.ATT_Read_By_Type_Request) and pdu.attribute_type == hash_type:
            self.unaware = False
            return False
        if not isinstance(pdu, (att.ATT_Read_Request, att.ATT_Write_Request)):
            return False
        common.say('out-of-sync', handle=pdu.attribute_handle)
        self.server.send_response(
            bearer,
            att.ATT_Error_Response(
                request_opcode_in_error=pdu.op_code,
                attribute_handle_in_error=pdu.attribute_handle,
                error_code=0x12,
            ),
        )
        return True


async def main():
    arguments = common.options(__doc__).parse_args()
    device = await common.open_device('changes', arguments.transport, arguments.address or 'F2:00:5E:00:53:D2')
    await device.power_on()
    await Changing(device).serve()


common.run(main())
