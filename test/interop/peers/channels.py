"""A Bumble host with L2CAP channels, in either role, that does what it is told, line by line.

Every octet sent is (position * 7 + (position >> 8)) & 0xFF, by its position in all that the channel has sent: what arrived is
checked by its length and SHA-256.
"""

import asyncio
import hashlib

from bumble import l2cap
from bumble.hci import Address

import common


class Channels(common.Orders):
    def __init__(self, device):
        self.device = device
        self.connection = None
        self.channels = []
        device.on('connection', self.connected)

    def connected(self, connection):
        self.connection = connection
        common.announce(connection)

    def keep(self, channel):
        """Counts what comes on a channel; gives the number that orders name it by."""
        channel.got, channel.digest, channel.sdus = 0, hashlib.sha256(), 0

        def received(sdu):
            channel.got += len(sdu)
            channel.sdus += 1
            channel.digest.update(sdu)

        channel.sink = received
        number = len(self.channels)
        self.channels.append(channel)
        channel.on('close', lambda: common.say('closed', channel=number))
        return number

    async def advertise(self):
        self.device.advertising_data = b'\x02\x01\x06\x09\x09channels'
        await self.device.start_advertising(auto_restart=True, advertising_interval_min=50, advertising_interval_max=50)

    async def connect(self, address, type='random'):
        kind = Address.PUBLIC_DEVICE_ADDRESS if type == 'public' else Address.RANDOM_DEVICE_ADDRESS
        self.connection = await self.device.connect(Address(address, kind))

    def spec(self, spsm, mtu, mps, credits):
        return l2cap.LeCreditBasedChannelSpec(psm=spsm, mtu=mtu, mps=mps, max_credits=credits)

    async def listen(self, spsm, mtu=512, mps=100, credits=8):
        def opened(channel):
            common.say('opened', channel=self.keep(channel), mtu=channel.peer_mtu, mps=channel.peer_mps)

        self.device.create_l2cap_server(spec=self.spec(spsm, mtu, mps, credits), handler=opened)

    async def open(self, spsm, mtu=512, mps=100, credits=8):
        channel = await self.connection.create_l2cap_channel(spec=self.spec(spsm, mtu, mps, credits))
        return {'channel': self.keep(channel), 'mtu': channel.peer_mtu, 'mps': channel.peer_mps}

    async def open_several(self, spsm, count, mtu=512, mps=100, credits=8):
        manager = self.device.l2cap_channel_manager
        spec = self.spec(spsm, mtu, mps, credits)
        channels = await manager.create_enhanced_credit_based_channels(self.connection, spec, count)
        return [self.keep(channel) for channel in channels]

    async def send(self, channel, octets, size):
        """Sends so many octets in writes of a size; resolves when the last has left."""
        one = self.channels[channel]
        data = bytes((i * 7 + (i >> 8)) & 0xFF for i in range(octets))
        for at in range(0, octets, size):
            one.write(data[at : at + size])
            await one.drain()

    async def received(self, channel):
        one = self.channels[channel]
        return {'octets': one.got, 'sha256': one.digest.hexdigest(), 'sdus': one.sdus}

    async def close(self, channel):
        await self.channels[channel].disconnect()

    async def disconnect(self):
        await self.connection.disconnect()


async def main():
    parser = common.options(__doc__)
    arguments = parser.parse_args()
    device = await common.open_device('channels', arguments.transport, arguments.address or 'F2:00:5E:00:53:C0')
    channels = Channels(device)
    await device.power_on()
    await channels.serve()


common.run(main())
