"""A Bumble host with enhanced ATT bearers, in either role, that does what it is told, line by line."""

import asyncio
import os

from bumble import att, gatt, gatt_client, l2cap
from bumble.core import UUID
from bumble.device import Device, DeviceConfiguration
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.transport import open_transport

import common

SERVICE = UUID('B0B00000-0000-1000-8000-00805F9B34FB')
VALUE = UUID('B0B00001-0000-1000-8000-00805F9B34FB')
TOLD = UUID('B0B00002-0000-1000-8000-00805F9B34FB')


class Eatt(common.Orders):
    def __init__(self, device):
        self.device = device
        self.connection = None
        self.clients = []
        self.told = []
        device.on('connection', self.connected)
        common.just_works(device)
        self.value = gatt.Characteristic(
            VALUE,
            gatt.Characteristic.Properties.READ | gatt.Characteristic.Properties.WRITE,
            gatt.Characteristic.READABLE | gatt.Characteristic.WRITEABLE,
            bytes(range(40)),
        )
        self.tells = gatt.Characteristic(
            TOLD,
            gatt.Characteristic.Properties.NOTIFY | gatt.Characteristic.Properties.INDICATE,
            gatt.Characteristic.READABLE,
            b'',
        )
        device.add_service(gatt.Service(SERVICE, [self.value, self.tells]))

    def connected(self, connection):
        self.connection = connection
        common.announce(connection)

    async def advertise(self):
        self.device.advertising_data = b'\x02\x01\x06\x05\x09eatt'
        await self.device.start_advertising(auto_restart=True, advertising_interval_min=50, advertising_interval_max=50)

    async def connect(self, address, type='random'):
        kind = Address.PUBLIC_DEVICE_ADDRESS if type == 'public' else Address.RANDOM_DEVICE_ADDRESS
        self.connection = await self.device.connect(Address(address, kind))

    async def tell(self, value, indicate=False):
        """Sends a value to whoever subscribed, on the bearer where they did."""
        for bearer, subscribers in list(self.device.gatt_server.subscribers.items()):
            if self.tells.handle in subscribers:
                server = self.device.gatt_server
                send = server._indicate_single_bearer if indicate else server._notify_single_subscriber
                await send(bearer, self.tells, bytes.fromhex(value), False)

    async def tell_on(self, bearer, value, indicate=False):
        """Sends a value on one of the bearers that the client opened, whoever subscribed; resolves when it is confirmed there."""
        channels = self.device.l2cap_channel_manager.le_coc_channels[self.connection.handle].values()
        channel = [channel for channel in channels if channel.psm == att.EATT_PSM][bearer]
        server = self.device.gatt_server
        send = server._indicate_single_bearer if indicate else server._notify_single_subscriber
        await send(channel, self.tells, bytes.fromhex(value), True)

    async def pair(self):
        await self.connection.pair()

    async def encrypt(self):
        await self.connection.encrypt()

    async def disconnect(self):
        await self.connection.disconnect()

    def spec(self, mtu):
        return l2cap.LeCreditBasedChannelSpec(psm=att.EATT_PSM, mtu=mtu, mps=mtu, max_credits=16)

    async def open(self, count, mtu=128):
        """Opens bearers as a client; says what refused it."""
        try:
            made = await gatt_client.Client.connect_eatt(self.connection, self.spec(mtu), count)
        except Exception as error:
            return {'refused': str(error)}
        self.clients = made if isinstance(made, list) else [made]
        for client in self.clients:
            # Bumble gives them 23 octets; the specification says the smaller of the two MTUs (Vol 3, Part F, 3.2.8).
            channel = client.bearer
            channel.att_mtu = min(mtu, channel.peer_mtu)
            channel.sink = lambda octets, client=client: self.received(client, att.ATT_PDU.from_bytes(octets))
        return {'bearers': len(self.clients)}

    def received(self, client, pdu):
        """Bumble has no server behind a bearer that its client opened, and answers nothing; both are there (Vol 3, Part G, 5.3.2)."""
        if pdu.op_code & 1:
            client.on_gatt_pdu(pdu)
        else:
            self.device.gatt_server.on_gatt_pdu(client.bearer, pdu)

    async def read(self, bearer, handle):
        return bytes(await self.clients[bearer].read_value(handle, no_long_read=True)).hex()

    async def read_all(self, handle):
        """Reads on all bearers at once."""
        values = await asyncio.gather(*(one.read_value(handle, no_long_read=True) for one in self.clients))
        return [bytes(one).hex() for one in values]

    async def write(self, bearer, handle, value):
        await self.clients[bearer].write_value(handle, bytes.fromhex(value), with_response=True)

    async def collect(self):
        """Keeps the values that come, and on which bearer: the link's own is the last."""
        self.told = []
        for bearer, client in enumerate([*self.clients, self.connection.gatt_client]):

            def came(kind, pdu, bearer=bearer):
                self.told.append((kind, pdu.attribute_handle, pdu.attribute_value.hex(), bearer))

            def indicated(pdu, came=came, client=client):
                came('i', pdu)
                client.send_confirmation(att.ATT_Handle_Value_Confirmation())

            client.on_att_handle_value_notification = lambda pdu, came=came: came('n', pdu)
            client.on_att_handle_value_indication = indicated

    async def values(self):
        return self.told

    async def close(self, bearer):
        await self.clients[bearer].bearer.disconnect()

    async def handle(self):
        return {'value': self.value.handle, 'told': self.tells.handle}


async def main(kind=Eatt):
    parser = common.options(__doc__)
    arguments = parser.parse_args()
    opened = await open_transport(arguments.transport)
    # Server Supported Features come with this option only.
    config = DeviceConfiguration(name='eatt', address=Address(arguments.address or 'F2:00:5E:00:53:C2'), eatt_enabled=True)
    device = Device.from_config_with_hci(config, opened.source, opened.sink)
    device.keystore = MemoryKeyStore()
    asyncio.ensure_future(opened.source.wait_for_termination()).add_done_callback(lambda _: os._exit(0))
    # Bumble leaves the ATT_MTU of a bearer at 23; it is the smaller of what the two sides take (Vol 3, Part F, 3.2.8).
    server = device.gatt_server
    answer = server.on_gatt_pdu

    def on_gatt_pdu(bearer, pdu):
        if att.is_enhanced_bearer(bearer):
            bearer.att_mtu = min(bearer.mtu, bearer.peer_mtu)
        answer(bearer, pdu)

    server.on_gatt_pdu = on_gatt_pdu
    eatt = kind(device)
    await device.power_on()
    await eatt.serve()


if __name__ == '__main__':
    common.run(main())
