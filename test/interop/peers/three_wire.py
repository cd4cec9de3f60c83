"""The controller's end of a three-wire link (H5, Core Vol 4, Part D), as a layer between octets and H4 packets.

It offers a window of 4 and a CRC, sends SYNC and CONFIG as the specification has it, and, when told to, loses or changes
octets of both directions by chance, always the same.
"""

import asyncio
import binascii
import random

ACK, LINK_CONTROL = 0, 15
SYNC, SYNC_RESPONSE = b'\x01\x7e', b'\x02\x7d'
CONFIG, CONFIG_RESPONSE = b'\x03\xfc', b'\x04\x7b'
WAKEUP, WOKEN = b'\x05\xfa', b'\x06\xf9'
WINDOW = 4
WITH_CRC = 0x10
MIRRORED = bytes(int(f'{octet:08b}'[::-1], 2) for octet in range(256))


def crc(octets):
    return binascii.crc_hqx(octets.translate(MIRRORED), 0xFFFF).to_bytes(2, 'big')


class ThreeWire:
    def __init__(self, write, packet, error_rate=0.0):
        self.write_octets = write
        self.packet = packet
        self.error_rate = error_rate
        self.chance = random.Random(1)
        self.frame = bytearray()
        self.start('uninitialised')

    def start(self, state):
        self.state = state
        self.with_crc = False
        self.window = 1
        self.seq = self.expected = 0
        self.waiting = []
        self.unacknowledged = []
        self.timer = None
        self.repeat('uninitialised', SYNC)

    def repeat(self, state, message):
        if self.state == state:
            self.send_packet(LINK_CONTROL, message)
            asyncio.get_running_loop().call_later(0.25, self.repeat, state, message)

    # To the host

    def send(self, packet):
        self.waiting.append(bytes(packet))
        self.fill()

    def fill(self):
        while self.state == 'active' and self.waiting and len(self.unacknowledged) < self.window:
            packet = self.waiting.pop(0)
            self.unacknowledged.append((self.seq, packet))
            self.send_packet(packet[0], packet[1:], self.seq)
            self.seq = (self.seq + 1) % 8
        if self.unacknowledged and not self.timer:
            self.timer = asyncio.get_running_loop().call_later(0.1, self.resend)

    def resend(self):
        self.timer = None
        for seq, packet in self.unacknowledged:
            self.send_packet(packet[0], packet[1:], seq)
        self.fill()

    def send_packet(self, kind, payload, seq=None):
        with_crc = self.with_crc and kind != LINK_CONTROL
        first = (0 if seq is None else 0x80 + seq) + self.expected * 8 + (0x40 if with_crc else 0)
        header = [first, kind + len(payload) % 16 * 16, len(payload) // 16]
        whole = bytes([*header, 255 - sum(header) % 256]) + payload
        if with_crc:
            whole += crc(whole)
        framed = whole.replace(b'\xdb', b'\xdb\xdd').replace(b'\xc0', b'\xdb\xdc')
        self.write_octets(self.damaged(b'\xc0' + framed + b'\xc0'))

    # From the host

    def receive(self, octets):
        for octet in self.damaged(octets):
            if octet != 0xC0:
                self.frame.append(octet)
                continue
            frame, self.frame = bytes(self.frame), bytearray()
            if frame:
                self.take(frame.replace(b'\xdb\xdc', b'\xc0').replace(b'\xdb\xdd', b'\xdb'))

    def take(self, frame):
        if len(frame) < 4 or sum(frame[:4]) % 256 != 255:
            return
        kind = frame[1] & 15
        end = 4 + (frame[1] >> 4) + frame[2] * 16
        if len(frame) != end + (2 if frame[0] & 0x40 else 0):
            return
        if frame[0] & 0x40 and crc(frame[:end]) != frame[end:]:
            return
        payload = frame[4:end]
        if kind == LINK_CONTROL:
            self.control(payload)
        elif self.state == 'active':
            self.acknowledged(frame[0] >> 3 & 7)
            if frame[0] & 0x80:
                self.reliable(frame[0] & 7, kind, payload)

    def acknowledged(self, number):
        if any((seq + 1) % 8 == number for seq, _ in self.unacknowledged):
            while (self.unacknowledged.pop(0)[0] + 1) % 8 != number:
                pass
            if self.timer:
                self.timer.cancel()
                self.timer = None
        self.fill()

    def reliable(self, seq, kind, payload):
        if seq == self.expected:
            self.expected = (self.expected + 1) % 8
            self.packet(bytes([kind]) + payload)
        self.send_packet(ACK, b'')

    def control(self, message):
        kind, field = message[:2], message[2:3]
        if kind == SYNC:
            if self.state == 'active':
                self.start('uninitialised')
            self.send_packet(LINK_CONTROL, SYNC_RESPONSE)
        elif kind == SYNC_RESPONSE and self.state == 'uninitialised':
            self.state = 'initialised'
            self.repeat('initialised', CONFIG)
        elif kind == CONFIG and self.state != 'uninitialised':
            if field:
                self.window = min(WINDOW, field[0] & 7)
                self.with_crc = bool(field[0] & WITH_CRC)
                field = bytes([self.window + (WITH_CRC if self.with_crc else 0)])
            self.send_packet(LINK_CONTROL, CONFIG_RESPONSE + field)
        elif kind == CONFIG_RESPONSE and self.state == 'initialised':
            self.state = 'active'
            self.fill()
        elif kind == WAKEUP:
            self.send_packet(LINK_CONTROL, WOKEN)

    def damaged(self, octets):
        if not self.error_rate:
            return octets
        out = bytearray()
        for octet in octets:
            if self.chance.random() >= self.error_rate:
                out.append(octet)
            elif self.chance.random() < 0.5:
                out.append(octet ^ 1 << self.chance.randrange(8))
        return bytes(out)
