"""A Bumble host that pairs as it is told, in either role, and knows an L2CAP channel.

It takes orders as client.py does: pair, encrypt, connect, disconnect, passkey, compare, oob, channel. A peripheral
advertises from the start. What happens is told by events: connected, paired with the keys, pairing-failed, encryption,
display and compare with the number, passkey when one is wanted, disconnected.

One of Bumble 0.0.233's defects stands in the way, and is mended here: a peripheral with a legacy bond answers the request
for the Long Term Key with the key that the central handed out, not with its own (Core Vol 3, Part H, 2.4.4.2).
"""

import asyncio

from bumble import l2cap
from bumble.core import UUID
from bumble.device import Device, Peer
from bumble.gatt import Characteristic, Service
from bumble.hci import Address
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.smp import OobContext, OobLegacyContext, OobSharedData

import common

IO = {
    'none': PairingDelegate.NO_OUTPUT_NO_INPUT,
    'display': PairingDelegate.DISPLAY_OUTPUT_ONLY,
    'keyboard': PairingDelegate.KEYBOARD_INPUT_ONLY,
    'yesno': PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
    'both': PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
}
SERVICE = UUID('0000B000-1000-2000-3000-405060708090')
ENCRYPTED = UUID('0000B006-1000-2000-3000-405060708090')
PSM = 0x80


class Delegate(PairingDelegate):
    """Asks whoever gives the orders."""

    def __init__(self, io):
        super().__init__(IO[io])
        self.answers = asyncio.Queue()

    async def compare_numbers(self, number, digits):
        common.say('compare', number=number)
        return await self.answers.get()

    async def get_number(self):
        common.say('passkey')
        return await self.answers.get()

    async def display_number(self, number, digits):
        common.say('display', number=number)


stock_long_term_key = Device.get_long_term_key


async def long_term_key(self, handle, rand, ediv):
    connection = self.lookup_connection(handle)
    if connection and connection.role.name == 'PERIPHERAL' and self.keystore:
        # While it pairs, the session has the key.
        session_key = self.smp_manager.get_long_term_key(connection, rand, ediv)
        keys = None if session_key else await self.keystore.get(str(connection.peer_address))
        if keys and not keys.ltk and keys.ltk_central:
            return keys.ltk_central.value
    return await stock_long_term_key(self, handle, rand, ediv)


Device.get_long_term_key = long_term_key


class Pairing(common.Orders):
    def __init__(self, device, arguments):
        self.device = device
        self.delegate = Delegate(arguments.io)
        self.connection = None
        self.oob_config = None
        self.options = arguments
        device.pairing_config_factory = self.config
        device.on('connection', self.connected)

    def config(self, _connection):
        return PairingConfig(
            sc=self.options.sc == 1,
            mitm=self.options.mitm == 1,
            bonding=self.options.bond == 1,
            delegate=self.delegate,
            identity_address_type=PairingConfig.AddressType.RANDOM,
            oob=self.oob_config,
        )

    def connected(self, connection):
        self.connection = connection
        common.announce(connection)
        connection.on('pairing', lambda keys: common.say('paired', keys=keys_of(keys)))
        connection.on('pairing_failure', lambda reason: common.say('pairing-failed', reason=int(reason)))
        # As a central: a Security Request is answered as the specification says, by pairing (Vol 3, Part H, 2.4.6).
        connection.on('security_request', lambda _auth_req: asyncio.ensure_future(connection.pair()))
        connection.on(
            'connection_encryption_change',
            lambda: common.say('encryption', on=bool(connection.encryption), authenticated=bool(connection.authenticated)),
        )

    async def connect(self, address):
        connection = await self.device.connect(Address(address, Address.RANDOM_DEVICE_ADDRESS))
        return connection.handle

    async def pair(self):
        await self.connection.pair()

    async def request(self):
        """As a peripheral: asks for pairing by a Security Request."""
        self.connection.request_pairing()

    async def encrypt(self):
        await self.connection.encrypt()

    async def passkey(self, number):
        self.delegate.answers.put_nowait(number)

    async def compare(self, same):
        self.delegate.answers.put_nowait(same)

    async def oob(self, c=None, r=None, tk=None):
        """Prepares out-of-band data; gives our own, as the other end wants it."""
        legacy = OobLegacyContext(bytes.fromhex(tk)) if tk else None
        context = None if legacy else OobContext()
        peer = OobSharedData(c=bytes.fromhex(c), r=bytes.fromhex(r)) if c else None
        self.oob_config = PairingConfig.OobConfig(our_context=context, peer_data=peer, legacy_context=legacy)
        if legacy:
            return None
        shared = context.share()
        self.context = context
        return {'c': shared.c.hex(), 'r': shared.r.hex()}

    async def oob_peer(self, c, r):
        """The other end's data, which came another way."""
        self.oob_config = PairingConfig.OobConfig(
            our_context=self.context, peer_data=OobSharedData(c=bytes.fromhex(c), r=bytes.fromhex(r)), legacy_context=None
        )

    async def read_encrypted(self):
        """Reads what wants an encrypted link."""
        peer = Peer(self.connection)
        await peer.discover_services()
        for service in peer.services:
            await peer.discover_characteristics(service=service)
        return bytes(await peer.get_characteristics_by_uuid(ENCRYPTED)[0].read_value()).hex()

    async def channel(self, octets):
        """Opens an LE credit-based channel, sends so many octets, and gives how many of them came back."""
        spec = l2cap.LeCreditBasedChannelSpec(psm=PSM, mtu=512, mps=100, max_credits=8)
        channel = await self.connection.create_l2cap_channel(spec=spec)
        back = bytearray()
        done = asyncio.get_running_loop().create_future()

        def received(sdu):
            back.extend(sdu)
            if len(back) >= octets and not done.done():
                done.set_result(None)

        channel.sink = received
        for at in range(0, octets, 400):
            channel.write(bytes((at + i) & 0xFF for i in range(min(400, octets - at))))
        await asyncio.wait_for(done, 20)
        await channel.disconnect()
        return {'octets': len(back), 'right': all(octet == i & 0xFF for i, octet in enumerate(back))}

    async def disconnect(self):
        await self.connection.disconnect()


def keys_of(keys):
    return {
        name: getattr(keys, name).value.hex()
        for name in ('ltk', 'ltk_central', 'ltk_peripheral', 'irk', 'csrk')
        if getattr(keys, name, None)
    }


async def main():
    parser = common.options(__doc__)
    parser.add_argument('--role', choices=['central', 'peripheral'], default='peripheral')
    parser.add_argument('--io', choices=list(IO), default='none')
    for name, default in (('sc', 1), ('mitm', 0), ('bond', 1)):
        parser.add_argument(f'--{name}', type=int, default=default)
    arguments = parser.parse_args()
    is_peripheral = arguments.role == 'peripheral'
    address = arguments.address or ('F1:00:5E:00:53:B1' if is_peripheral else 'C1:00:5E:00:53:B0')
    device = await common.open_device('pairing', arguments.transport, address)
    pairing = Pairing(device, arguments)
    readable = Characteristic.READABLE | Characteristic.READ_REQUIRES_ENCRYPTION
    device.add_service(
        Service(SERVICE, [Characteristic(ENCRYPTED, Characteristic.Properties.READ, readable, b'a secret')])
    )

    def echo(channel):
        channel.sink = channel.write

    device.create_l2cap_server(spec=l2cap.LeCreditBasedChannelSpec(psm=PSM, mtu=512, mps=100, max_credits=8), handler=echo)
    await device.power_on()
    if is_peripheral:
        device.advertising_data = b'\x02\x01\x06\x08\x09pairing'
        await device.start_advertising(auto_restart=True, advertising_interval_min=50, advertising_interval_max=50)
    await pairing.serve()


common.run(main())
