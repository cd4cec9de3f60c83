"""A Bumble host that can be connected to by extended advertising, on the PHYs that it is told, and does on the link what it is
told, line by line (see common.Orders).

Events: ready, connected, disconnected, phy, parameters.
"""

import asyncio

from bumble import hci
from bumble.device import AdvertisingEventProperties, AdvertisingParameters

import common

PHYS = {'1M': hci.Phy.LE_1M, '2M': hci.Phy.LE_2M, 'coded': hci.Phy.LE_CODED}
NAMES = {phy: name for name, phy in PHYS.items()}


class Connectable(common.Orders):
    def __init__(self, device):
        self.device = device
        self.connection = None
        device.on('connection', self.connected)

    def connected(self, connection):
        self.connection = connection
        common.announce(connection)
        connection.on(
            'connection_phy_update', lambda phy: common.say('phy', tx=NAMES[phy.tx_phy], rx=NAMES[phy.rx_phy])
        )
        connection.on('connection_parameters_update', self.updated)

    def updated(self):
        parameters = self.connection.parameters
        common.say('parameters', interval=parameters.connection_interval, latency=parameters.peripheral_latency)

    async def advertise(self, primary='1M', secondary='1M'):
        await self.device.create_advertising_set(
            advertising_parameters=AdvertisingParameters(
                advertising_event_properties=AdvertisingEventProperties(is_connectable=True, is_scannable=False),
                primary_advertising_interval_min=50,
                primary_advertising_interval_max=60,
                primary_advertising_phy=PHYS[primary],
                secondary_advertising_phy=PHYS[secondary],
            ),
            random_address=self.device.random_address,
        )

    async def update(self, interval, latency, timeout, l2cap):
        await self.connection.update_parameters(interval, interval, latency, timeout, use_l2cap=l2cap)

    async def phy(self, phy):
        await self.connection.set_phy([PHYS[phy]], [PHYS[phy]])


async def main():
    options = common.options(__doc__).parse_args()
    device = await common.open_device('connectable', options.transport, options.address or 'F0:00:5E:00:53:E1')
    await device.power_on()
    await Connectable(device).serve()


common.run(main())
