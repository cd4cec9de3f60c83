import { describe, expect, it } from 'vitest';
import { classicCommandName, classicEventName } from '../../src/hci/classic-names.js';
import { LE_META } from '../../src/hci/definition.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';

const LE = 8;

describe('the names of BR/EDR', () => {
  it('agree with the declarations where both have one', () => {
    const both = allCommands.flatMap(({ opcode, name }) => {
      const classic = opcode >> 10 === LE ? undefined : classicCommandName(opcode);
      return classic === undefined ? [] : [[name, classic]];
    });
    expect(both.length).toBeGreaterThan(20);
    for (const [declared, classic] of both) expect(classic).toBe(declared);
    const events = allEvents.filter(({ code }) => code !== LE_META && classicEventName(code) !== undefined);
    expect(events.length).toBeGreaterThan(8);
    for (const { code, name } of events) expect(classicEventName(code)).toBe(name);
  });

  it('stand at their codes at the ends of each list and behind each gap (Core Vol 4, Part E, 7.1 to 7.7)', () => {
    const commands: Record<number, string | undefined> = {
      1025: 'Inquiry',
      1031: 'Add_SCO_Connection',
      1039: 'Change_Connection_Packet_Type',
      1041: 'Authentication_Requested',
      1043: 'Set_Connection_Encryption',
      1049: 'Remote_Name_Request',
      1055: 'Read_Clock_Offset',
      1064: 'Setup_Synchronous_Connection',
      1075: 'Remote_OOB_Data_Request_Negative_Reply',
      1085: 'Enhanced_Setup_Synchronous_Connection',
      1093: 'Remote_OOB_Extended_Data_Request_Reply',
      2049: 'Hold_Mode',
      2055: 'QoS_Setup',
      2065: 'Sniff_Subrating',
      3077: 'Set_Event_Filter',
      3080: 'Flush',
      3091: 'Write_Local_Name',
      3108: 'Write_Class_of_Device',
      3135: 'Set_AFH_Host_Channel_Classification',
      3141: 'Write_Inquiry_Mode',
      3154: 'Write_Extended_Inquiry_Response',
      3158: 'Write_Simple_Pairing_Mode',
      3194: 'Write_Secure_Connections_Host_Support',
      3201: 'Write_Extended_Inquiry_Length',
      4101: 'Read_Buffer_Size',
      4111: 'Read_Local_Supported_Controller_Delay',
      5121: 'Read_Failed_Contact_Counter',
      5128: 'Read_Encryption_Key_Size',
      5133: 'Set_Triggered_Clock_Capture',
      6145: 'Read_Loopback_Mode',
      6154: 'Write_Secure_Connections_Test_Mode',
      1024: undefined,
      1030: undefined,
      1040: undefined,
      1094: undefined,
      8193: undefined,
      64513: undefined,
    };
    for (const [opcode, name] of Object.entries(commands))
      expect(classicCommandName(Number(opcode))).toBe(name);
    const events: Record<number, string | undefined> = {
      1: 'Inquiry_Complete',
      18: 'Role_Change',
      29: 'Connection_Packet_Type_Changed',
      32: 'Page_Scan_Repetition_Mode_Change',
      44: 'Synchronous_Connection_Complete',
      47: 'Extended_Inquiry_Result',
      56: 'Link_Supervision_Timeout_Changed',
      61: 'Remote_Host_Supported_Features_Notification',
      72: 'Number_Of_Completed_Data_Blocks',
      78: 'Triggered_Clock_Capture',
      87: 'Authenticated_Payload_Timeout_Expired',
      89: 'Encryption_Change [v2]',
      0: undefined,
      31: undefined,
      36: undefined,
      62: undefined,
      90: undefined,
      255: undefined,
    };
    for (const [code, name] of Object.entries(events)) expect(classicEventName(Number(code))).toBe(name);
  });
});
