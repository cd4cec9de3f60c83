"""What the peers have in common: JSON lines out, options in, a transport that Bumble can use."""

import argparse
import asyncio
import json
import logging
import os
import sys

from bumble.hci import Address
from bumble.device import Device
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport

logging.basicConfig(level=os.environ.get('BUMBLE_LOG', 'CRITICAL'))


def say(ev, **fields):
    """Prints one event as a line of JSON."""
    print(json.dumps({'ev': ev, **fields}), flush=True)


def options(description):
    """The options that every peer with a host takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('transport', help='of the controller, as Bumble writes it: tcp-client:HOST:PORT, unix:PATH')
    parser.add_argument('--address', help='the static random address to use')
    return parser


async def open_device(name, transport, address):
    """A Bumble host on a controller; it keeps no bonds on disk."""
    opened = await open_transport(transport)
    device = Device.with_hci(name, Address(address), opened.source, opened.sink)
    device.keystore = MemoryKeyStore()
    # A controller that goes takes the peer with it, so that none is left behind.
    asyncio.ensure_future(opened.source.wait_for_termination()).add_done_callback(lambda _: os._exit(0))
    return device


def just_works(device):
    """Pairs by Just Works, and is known again by its random address, not by a public one that it does not use."""
    device.pairing_config_factory = lambda _: PairingConfig(
        sc=True,
        mitm=False,
        bonding=True,
        delegate=PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT),
        identity_address_type=PairingConfig.AddressType.RANDOM,
    )


def announce(connection):
    """Tells of a new connection, and later of its end and of its ATT_MTU."""
    connection.on('disconnection', lambda reason: say('disconnected', reason=int(reason)))
    connection.on('connection_att_mtu_update', lambda: say('mtu', mtu=connection.att_mtu))
    say('connected', peer=str(connection.peer_address), role=connection.role.name.lower())


class Orders:
    """Does what it is told, line by line: {"id": 1, "do": "read", ...} in, {"id": 1, "result": ...} or "error" out."""

    async def obey(self, line):
        order = json.loads(line)
        number = order.pop('id')
        try:
            result = await getattr(self, order.pop('do'))(**order)
            print(json.dumps({'id': number, 'result': result}), flush=True)
        except asyncio.CancelledError:
            print(json.dumps({'id': number, 'error': 'cancelled: the connection ended'}), flush=True)
        except Exception as error:
            text = f'{type(error).__name__}: {error}'
            print(json.dumps({'id': number, 'error': text}), flush=True)

    async def serve(self):
        """Takes orders until its standard input ends."""
        reader = asyncio.StreamReader(limit=1 << 20)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        say('ready')
        while line := await reader.readline():
            asyncio.ensure_future(self.obey(line))


def run(main):
    try:
        asyncio.run(main)
    except KeyboardInterrupt:
        pass
