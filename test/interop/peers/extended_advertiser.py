"""A Bumble host with three advertising sets: the longest data there may be, with a train of the longest data; a scannable set with
a long scan response; and, on LE Coded, a short one. It advertises until it is ended.

Bumble 0.0.233 writes data with one command, so that long data is given in fragments by commands here. Events: ready.
"""

import asyncio

from bumble import hci
from bumble.device import AdvertisingEventProperties, AdvertisingParameters, PeriodicAdvertisingParameters

import common

FRAGMENT = 251
Operation = hci.HCI_LE_Set_Extended_Advertising_Data_Command.Operation


def octets(count, step):
    return bytes((i * step) & 0xFF for i in range(count))


async def fragments(data, send):
    """Calls `send` with the operation and octets of each fragment."""
    for at in range(0, len(data), FRAGMENT):
        last = at + FRAGMENT >= len(data)
        first = at == 0
        operation = (
            Operation.COMPLETE_DATA
            if first and last
            else Operation.FIRST_FRAGMENT
            if first
            else Operation.LAST_FRAGMENT
            if last
            else Operation.INTERMEDIATE_FRAGMENT
        )
        await send(operation, data[at : at + FRAGMENT])


async def make(device, sid, data=b'', answer=b'', train=b'', primary=hci.Phy.LE_1M, secondary=hci.Phy.LE_1M):
    properties = AdvertisingEventProperties(is_connectable=False, is_scannable=len(answer) > 0)
    made = await device.create_advertising_set(
        advertising_parameters=AdvertisingParameters(
            advertising_event_properties=properties,
            primary_advertising_interval_min=200,
            primary_advertising_interval_max=300,
            primary_advertising_phy=primary,
            secondary_advertising_phy=secondary,
            advertising_sid=sid,
        ),
        periodic_advertising_parameters=PeriodicAdvertisingParameters(
            periodic_advertising_interval_min=100, periodic_advertising_interval_max=100
        )
        if train
        else None,
        auto_start=False,
    )
    handle = made.advertising_handle
    await fragments(
        data,
        lambda operation, part: device.send_sync_command(
            hci.HCI_LE_Set_Extended_Advertising_Data_Command(
                advertising_handle=handle, operation=operation, fragment_preference=0, advertising_data=part
            )
        ),
    )
    await fragments(
        answer,
        lambda operation, part: device.send_sync_command(
            hci.HCI_LE_Set_Extended_Scan_Response_Data_Command(
                advertising_handle=handle, operation=operation, fragment_preference=0, scan_response_data=part
            )
        ),
    )
    await fragments(
        train,
        lambda operation, part: device.send_sync_command(
            hci.HCI_LE_Set_Periodic_Advertising_Data_Command(
                advertising_handle=handle, operation=operation, advertising_data=part
            )
        ),
    )
    if train:
        await made.start_periodic()
    await made.start()


async def main():
    options = common.options(__doc__).parse_args()
    device = await common.open_device('advertiser', options.transport, options.address or 'F0:00:5E:00:53:E0')
    await device.power_on()
    await make(device, 1, data=octets(1650, 3), train=octets(1650, 5))
    await make(device, 2, answer=octets(600, 7))
    await make(device, 3, data=octets(40, 11), primary=hci.Phy.LE_CODED, secondary=hci.Phy.LE_CODED)
    common.say('ready')
    await asyncio.get_running_loop().create_future()


common.run(main())
