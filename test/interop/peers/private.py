"""A Bumble host with resolvable private addresses, which it changes when it is told to, in either role.

It takes orders as client.py does: advertise, stop, rotate, find, connect, pair, encrypt, disconnect. Events: ready with its
identity address, connected with the peer's identity where it is known and its address on air, paired, encryption,
disconnected.

One of Bumble 0.0.233's defects is mended here: Device.update_rpa gives the controller the old address again.
"""

import asyncio
import os

from bumble import hci
from bumble.device import Device, DeviceConfiguration
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport

import common


class Private(common.Orders):
    def __init__(self, device):
        self.device = device
        self.connection = None
        device.on('connection', self.connected)
        device.pairing_config_factory = lambda _connection: PairingConfig(
            sc=True,
            mitm=False,
            bonding=True,
            delegate=PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT),
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )

    def connected(self, connection):
        self.connection = connection
        on_air = connection.peer_resolvable_address or connection.peer_address
        common.say('connected', peer=connection.peer_address.to_string(False), onAir=on_air.to_string(False))
        connection.on('disconnection', lambda reason: common.say('disconnected', reason=int(reason)))
        connection.on(
            'pairing',
            lambda keys: common.say('paired', identity=connection.peer_address.to_string(False), irk=keys.irk is not None),
        )
        connection.on('pairing_failure', lambda reason: common.say('pairing-failed', reason=int(reason)))
        connection.on(
            'connection_encryption_change', lambda: common.say('encryption', on=bool(connection.encryption))
        )

    async def advertise(self):
        await self.device.start_advertising(advertising_interval_min=50, advertising_interval_max=50)
        return self.device.random_address.to_string(False)

    async def stop(self):
        await self.device.stop_advertising()

    async def rotate(self):
        """Takes another private address; it must not advertise or scan meanwhile."""
        address = Address.generate_private_address(self.device.irk)
        await self.device.send_sync_command(hci.HCI_LE_Set_Random_Address_Command(random_address=address))
        self.device.random_address = address
        return address.to_string(False)

    async def find(self, identity):
        """Looks for a peer by its identity; gives the address that it has on air."""
        found = await self.device.find_peer_by_identity_address(Address(identity, Address.RANDOM_DEVICE_ADDRESS))
        return found.to_string(False)

    async def see(self):
        """The address of the first advertiser that can be connected to."""
        seen = asyncio.get_running_loop().create_future()

        def advertised(advertisement):
            if advertisement.is_connectable and not seen.done():
                seen.set_result(advertisement.address.to_string(False))

        self.device.on('advertisement', advertised)
        await self.device.start_scanning(filter_duplicates=False)
        try:
            return await seen
        finally:
            self.device.remove_listener('advertisement', advertised)
            await self.device.stop_scanning()

    async def connect(self, address):
        await self.device.connect(Address(address, Address.RANDOM_DEVICE_ADDRESS))

    async def pair(self):
        await self.connection.pair()

    async def encrypt(self):
        await self.connection.encrypt()

    async def disconnect(self):
        await self.connection.disconnect()


async def main():
    arguments = common.options(__doc__).parse_args()
    identity = arguments.address or 'F1:00:5E:00:53:B7'
    config = DeviceConfiguration(
        name='private',
        address=Address(identity),
        irk=os.urandom(16),
        le_privacy_enabled=True,
        le_rpa_timeout=0,
        advertising_data=b'\x02\x01\x06\x08\x09private',
    )
    opened = await open_transport(arguments.transport)
    device = Device.from_config_with_hci(config, opened.source, opened.sink)
    device.keystore = MemoryKeyStore()
    asyncio.ensure_future(opened.source.wait_for_termination()).add_done_callback(lambda _: os._exit(0))
    await device.power_on()
    await Private(device).serve()


common.run(main())
