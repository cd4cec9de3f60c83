"""As eatt.py, with what takes several values in one procedure: long and reliable writes, and Multiple Handle Value Notifications.

Bumble 0.0.233 has the PDUs of queued writes, and neither a client nor a server that uses them; of Multiple Handle Value
Notifications it has nothing. Both are here by hand, from the text of Core Vol 3, Part F, 3.4.6 and 3.4.7.4. A bearer is a number
as eatt.py counts those that Bumble's client opened; "own" is the one that each link has.
"""

import struct

from bumble import att, gatt

import common
import eatt

INVALID_HANDLE = 0x01
INVALID_OFFSET = 0x07
MULTIPLE_VALUES = 0x23


class Queued(eatt.Eatt):
    def __init__(self, device):
        super().__init__(device)
        self.queues = {}
        self.spoilt = False
        self.second = gatt.Characteristic(
            'B0B00004-0000-1000-8000-00805F9B34FB',
            gatt.Characteristic.Properties.READ | gatt.Characteristic.Properties.WRITE,
            gatt.Characteristic.READABLE | gatt.Characteristic.WRITEABLE,
            b'second',
        )
        device.add_service(gatt.Service('B0B00003-0000-1000-8000-00805F9B34FB', [self.second]))
        server = device.gatt_server
        server.on_att_prepare_write_request = self.prepare_requested
        server.on_att_execute_write_request = self.execute_requested

    # The server: each bearer has a queue of its own.

    def refuse(self, bearer, pdu, handle, error):
        self.device.gatt_server.send_response(
            bearer,
            att.ATT_Error_Response(
                request_opcode_in_error=pdu.op_code, attribute_handle_in_error=handle, error_code=error
            ),
        )

    def prepare_requested(self, bearer, pdu):
        if not self.device.gatt_server.get_attribute(pdu.attribute_handle):
            self.refuse(bearer, pdu, pdu.attribute_handle, INVALID_HANDLE)
            return
        octets = bytes(pdu.part_attribute_value)
        queue = self.queues.setdefault(bearer, [])
        queue.append((pdu.attribute_handle, pdu.value_offset, octets))
        common.say('prepared', enhanced=att.is_enhanced_bearer(bearer), queued=len(queue), octets=len(octets))
        echoed = octets[:-1] + bytes([octets[-1] ^ 1]) if self.spoilt else octets
        self.device.gatt_server.send_response(
            bearer,
            att.ATT_Prepare_Write_Response(
                attribute_handle=pdu.attribute_handle, value_offset=pdu.value_offset, part_attribute_value=echoed
            ),
        )

    def execute_requested(self, bearer, pdu):
        queue = self.queues.pop(bearer, [])
        common.say('executed', flags=pdu.flags, queued=len(queue))
        values = {}
        for handle, offset, octets in queue if pdu.flags == 1 else []:
            value = values.get(handle, b'' if offset == 0 else self.device.gatt_server.get_attribute(handle).value)
            if offset > len(value):
                self.refuse(bearer, pdu, handle, INVALID_OFFSET)
                return
            values[handle] = value[:offset] + octets
        for handle, value in values.items():
            self.device.gatt_server.get_attribute(handle).value = value
        self.device.gatt_server.send_response(bearer, att.ATT_Execute_Write_Response())

    async def spoil(self, on):
        """Echoes what is prepared with one bit changed."""
        self.spoilt = on

    async def served(self):
        return {'first': self.value.value.hex(), 'second': self.second.value.hex()}

    async def handles(self):
        return {'first': self.value.handle, 'second': self.second.handle, 'told': self.tells.handle}

    async def tell_several(self, values, bearer='own'):
        """Sends values of handles in one Multiple Handle Value Notification."""
        pdu = bytes([MULTIPLE_VALUES])
        for handle, value in values:
            octets = bytes.fromhex(value)
            pdu += struct.pack('<HH', handle, len(octets)) + octets
        if bearer == 'own':
            self.connection.send_l2cap_pdu(att.ATT_CID, pdu)
            return
        channels = self.device.l2cap_channel_manager.le_coc_channels[self.connection.handle].values()
        [channel for channel in channels if channel.psm == att.EATT_PSM][bearer].write(pdu)

    # The client

    def client(self, bearer):
        return self.connection.gatt_client if bearer == 'own' else self.clients[bearer]

    async def mtu(self, mtu):
        return await self.connection.gatt_client.request_mtu(mtu)

    async def prepare(self, handle, offset, value, bearer='own'):
        """Gives what was echoed: handle, offset and octets."""
        answer = await self.client(bearer).send_request(
            att.ATT_Prepare_Write_Request(
                attribute_handle=handle, value_offset=offset, part_attribute_value=bytes.fromhex(value)
            )
        )
        if answer.op_code == att.Opcode.ATT_ERROR_RESPONSE:
            return {'error': int(answer.error_code), 'handle': answer.attribute_handle_in_error}
        return [answer.attribute_handle, answer.value_offset, bytes(answer.part_attribute_value).hex()]

    async def execute(self, write, bearer='own'):
        answer = await self.client(bearer).send_request(att.ATT_Execute_Write_Request(flags=1 if write else 0))
        if answer.op_code == att.Opcode.ATT_ERROR_RESPONSE:
            return {'error': int(answer.error_code), 'handle': answer.attribute_handle_in_error}
        return 'executed'

    async def read_several(self, handles, bearer='own'):
        answer = await self.client(bearer).send_request(att.ATT_Read_Multiple_Variable_Request(set_of_handles=handles))
        return [[length, bytes(value).hex()] for length, value in answer.length_value_tuple_list]

    async def read_on(self, handle, bearer='own'):
        return bytes(await self.client(bearer).read_value(handle)).hex()

    async def write_on(self, handle, value, bearer='own'):
        await self.client(bearer).write_value(handle, bytes.fromhex(value), with_response=True)

    async def watch(self):
        """Tells of every notification, of one value or several, as it came: its octets, and the bearer."""
        for bearer in ['own', *range(len(self.clients))]:
            client = self.client(bearer)
            handle_pdu = client.on_gatt_pdu

            def on_gatt_pdu(pdu, bearer=bearer, handle_pdu=handle_pdu):
                if pdu.op_code in (0x1B, MULTIPLE_VALUES):
                    common.say('told', bearer=bearer, op=pdu.op_code, octets=bytes(pdu.payload).hex())
                    return
                handle_pdu(pdu)

            client.on_gatt_pdu = on_gatt_pdu


if __name__ == '__main__':
    common.run(eatt.main(Queued))
