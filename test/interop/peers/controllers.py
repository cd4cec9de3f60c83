"""Linked Bumble controllers, each on a TCP port or a pseudo-terminal, all within each other's range.

    controllers.py tcp tcp pty:/tmp/some/link boot-pty:/tmp/other/link h5-pty:/tmp/third/link bad-h5-pty:/tmp/fourth/link

A TCP port is a free one of 127.0.0.1. Behind boot-pty is a board that starts when it is first written to: it loses
what was written, and prints its boot log on the same line before it is a controller. Behind h5-pty is one that speaks
three-wire (H5) instead of H4, behind bad-h5-pty the same at the end of a line that loses or changes one octet of 1000.
When all can be used, one line tells where they are:
{"ev": "ready", "controllers": [{"port": 40001, "address": "00:00:5E:00:53:01"}, ...]}.
A controller lives as long as the connection to it: who connects finds it as after power-up, and when the host goes,
its links end at the other side with Connection Timeout (0x08), as if it had gone out of range.

Bumble 0.0.233's controller has defects that stand in a foreign host's way. What is mended here, and why:

1.  A command without a handler gets no answer at all when Command Status is what completes it. A host then waits
    until its deadline. Here it gets Command Status with Unknown HCI Command (0x01) (Core Vol 4, Part E, 4.4).
2.  Reset does nothing. Here it ends what is under way (Core Vol 4, Part E, 7.3.2).
3.  LE Create Connection Cancel does nothing, and the attempt goes on. Here it ends the attempt, and says so with
    LE Connection Complete and Unknown Connection Identifier (0x02) (7.8.13).
4.  ACL data carries the sender's random address, although the link was made with the public one, and is dropped by
    the receiver. Here it carries the address that the link was made with.
5.  Every advertisement is followed by a scan response that holds the advertisement's data. Here it holds the scan
    response's, and comes only to an active scanner.
6.  Received data goes to the host in one ACL packet, however long. Here it is cut at the length of a small
    controller's buffer, 27 octets, so that the host has to put it together again.
7.  The interval of advertising is taken for milliseconds, but is in units of 0.625 ms.
8.  A host that goes leaves its links behind.
"""

import asyncio
import os
import sys
import tty

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink
from bumble.transport.common import PacketParser

import common
from three_wire import ThreeWire

ACL_LENGTH = 27

# What an ESP32 prints: octets at another baud rate, text, and then the NOP that tells of command credits. In between
# stands the beginning of a Reset's answer that is none.
BOOT_LOG = (
    bytes.fromhex('80fe04f8e000')
    + b'ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n'
    + bytes.fromhex('040e040103')
    + b'\r\nI (287) cpu_start: Starting scheduler.\r\n'
    + bytes.fromhex('040e03010000')
)
OK = hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)


class Air(LocalLink):
    """The link between all controllers, with the right source address of data."""

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        if transport != PhysicalTransport.LE:
            return
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection and receiver:
            asyncio.get_running_loop().call_soon(
                receiver.on_link_acl_data, connection.self_address, transport, data
            )

    def advertiser_at(self, address):
        for controller in self.controllers:
            advertiser = controller.le_legacy_advertiser
            if advertiser.enabled and advertiser.address == address:
                return advertiser
        return None


class LinkedController(Controller):
    """Bumble's controller, with the defects mended that the head of this file lists."""

    def on_hci_command_packet(self, command):
        known = hasattr(self, f'on_{command.name.lower()}')
        if not known and not isinstance(command, hci.HCI_SyncCommand):
            self._send_hci_command_status(hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR, command.op_code)
            return
        super().on_hci_command_packet(command)

    def on_hci_reset_command(self, _command):
        self.stop(hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        return OK

    def stop(self, reason):
        """Ends all that is under way, as after a reset; this side's host is not told."""
        for connection in list(self.le_connections.values()):
            try:
                connection.send_ll_control_pdu(ll.TerminateInd(reason))
            except Exception:
                pass  # the other side has gone already
        self.le_connections.clear()
        self.pending_le_connection = None
        self.le_scan_enable = False
        self.le_legacy_advertiser.stop()
        self.le_legacy_advertiser.advertising_data = b''
        self.le_legacy_advertiser.scan_response_data = b''
        for advertising_set in self.advertising_sets.values():
            advertising_set.stop()
        self.advertising_sets.clear()

    def on_hci_le_create_connection_cancel_command(self, _command):
        attempt = self.pending_le_connection
        if attempt is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        # The event follows the Command Complete, which is sent when this function returns.
        asyncio.get_running_loop().call_soon(
            self.send_hci_packet,
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=attempt.peer_address.address_type,
                peer_address=attempt.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            ),
        )
        return OK

    def on_hci_le_set_advertising_parameters_command(self, command):
        result = super().on_hci_le_set_advertising_parameters_command(command)
        self.le_legacy_advertiser.advertising_interval_min = command.advertising_interval_min * 0.625
        return result

    def on_advertising_pdu(self, pdu):
        if self.le_scan_enable:
            self.report(pdu.advertiser_address, hci.HCI_LE_Advertising_Report_Event.EventType.ADV_IND, pdu.data)
            advertiser = self.link.advertiser_at(pdu.advertiser_address)
            if advertiser and self.le_scan_type == 1:
                scan_response = hci.HCI_LE_Advertising_Report_Event.EventType.SCAN_RSP
                self.report(pdu.advertiser_address, scan_response, advertiser.scan_response_data)
        pending = self.pending_le_connection
        if pending and pending.peer_address == pdu.advertiser_address:
            self.create_le_connection(pdu.advertiser_address)

    def report(self, address, event_type, data):
        report = hci.HCI_LE_Advertising_Report_Event.Report(
            event_type=event_type, address_type=address.address_type, address=address, data=data, rssi=-50
        )
        self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))

    def on_link_acl_data(self, sender_address, transport, data):
        connection = self.le_connections.get(sender_address)
        if connection is None:
            return
        for start in range(0, len(data), ACL_LENGTH):
            piece = data[start : start + ACL_LENGTH]
            boundary = 2 if start == 0 else 1
            self.send_hci_packet(hci.HCI_AclDataPacket(connection.handle, boundary, 0, len(piece), piece))


class Port:
    """Where one host attaches; each connection finds a fresh controller."""

    def __init__(self, air, number):
        self.air = air
        self.address = f'00:00:5E:00:53:{number:02X}'
        self.controller = None
        self.parser = None

    def attach(self, write):
        class Sink:
            def on_packet(self, packet):
                write(packet)

        self.parser = PacketParser()
        self.controller = LinkedController(
            self.address,
            host_source=self,
            host_sink=Sink(),
            link=self.air,
            public_address=hci.Address(self.address, hci.Address.PUBLIC_DEVICE_ADDRESS),
        )

    def set_packet_sink(self, sink):
        self.parser.sink = sink

    def received(self, data):
        if self.parser:
            self.parser.feed_data(data)

    def detach(self):
        if self.controller:
            self.controller.stop(hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
            self.controller.set_packet_sink(None)
            self.air.remove_controller(self.controller)
            self.controller = None


class TcpProtocol(asyncio.Protocol):
    def __init__(self, port):
        self.port = port

    def connection_made(self, transport):
        self.port.detach()
        self.port.attach(transport.write)

    def data_received(self, data):
        self.port.received(data)

    def connection_lost(self, _error):
        self.port.detach()


async def serve_tcp(port):
    # Made by asyncio, the sockets do not wait to fill a segment (TCP_NODELAY); one handed to it ready-made would.
    server = await asyncio.get_running_loop().create_server(lambda: TcpProtocol(port), '127.0.0.1', 0)
    return {'port': server.sockets[0].getsockname()[1], 'address': port.address}


def serve_pty(port, link, kind):
    """A raw pseudo-terminal; both ends are kept open here, so that a host may come and go."""
    primary, replica = os.openpty()
    tty.setraw(replica)
    os.set_blocking(primary, False)
    loop = asyncio.get_running_loop()
    waiting = bytearray()
    starts = kind == 'boot-pty'

    def write_more():
        try:
            del waiting[: os.write(primary, waiting)]
        except BlockingIOError:
            pass
        if not waiting:
            loop.remove_writer(primary)

    def write(octets):
        if not waiting:
            loop.add_writer(primary, write_more)
        waiting.extend(octets)

    def received():
        nonlocal starts
        data = os.read(primary, 65536)
        if starts:
            starts = False
            write(BOOT_LOG)
        elif wires:
            wires.receive(data)
        else:
            port.received(data)

    wires = None
    if kind.endswith('h5-pty'):
        wires = ThreeWire(write, port.received, error_rate=0.001 if kind == 'bad-h5-pty' else 0)
    loop.add_reader(primary, received)
    port.attach(wires.send if wires else write)
    os.symlink(os.ttyname(replica), link)
    return {'pty': link, 'address': port.address}


async def main():
    air = Air()
    controllers = []
    for number, spec in enumerate(sys.argv[1:], start=1):
        port = Port(air, number)
        if spec == 'tcp':
            controllers.append(await serve_tcp(port))
        elif spec.startswith(('pty:', 'boot-pty:', 'h5-pty:', 'bad-h5-pty:')):
            kind, link = spec.split(':', 1)
            controllers.append(serve_pty(port, link, kind))
        else:
            sys.exit(f'{spec}: a port is "tcp", "pty:LINK", "boot-pty:LINK", "h5-pty:LINK" or "bad-h5-pty:LINK"')
    common.say('ready', controllers=controllers)
    await asyncio.get_running_loop().create_future()


common.run(main())
