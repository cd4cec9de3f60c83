/**
 * The names of commands and events of BR/EDR: Core Vol 4, Part E, 7.1 to 7.7. This package does not speak them, and keeps
 * their parameters as octets; on a dual-mode controller other hosts do, and a reader wants to know what it sees.
 */

/** By OGF, from OCF 1 on; a number is the OCF of the name behind it. */
const commands: Readonly<Record<number, string>> = {
  1:
    'Inquiry Inquiry_Cancel Periodic_Inquiry_Mode Exit_Periodic_Inquiry_Mode Create_Connection 07 Add_SCO_Connection ' +
    'Create_Connection_Cancel Accept_Connection_Request Reject_Connection_Request Link_Key_Request_Reply ' +
    'Link_Key_Request_Negative_Reply PIN_Code_Request_Reply PIN_Code_Request_Negative_Reply ' +
    'Change_Connection_Packet_Type 11 Authentication_Requested 13 Set_Connection_Encryption ' +
    '15 Change_Connection_Link_Key 17 Link_Key_Selection 19 Remote_Name_Request Remote_Name_Request_Cancel ' +
    'Read_Remote_Supported_Features Read_Remote_Extended_Features 1F Read_Clock_Offset Read_LMP_Handle ' +
    '28 Setup_Synchronous_Connection Accept_Synchronous_Connection_Request Reject_Synchronous_Connection_Request ' +
    'IO_Capability_Request_Reply User_Confirmation_Request_Reply User_Confirmation_Request_Negative_Reply ' +
    'User_Passkey_Request_Reply User_Passkey_Request_Negative_Reply Remote_OOB_Data_Request_Reply ' +
    '33 Remote_OOB_Data_Request_Negative_Reply IO_Capability_Request_Negative_Reply ' +
    '3D Enhanced_Setup_Synchronous_Connection Enhanced_Accept_Synchronous_Connection_Request Truncated_Page ' +
    'Truncated_Page_Cancel Set_Connectionless_Peripheral_Broadcast Set_Connectionless_Peripheral_Broadcast_Receive ' +
    'Start_Synchronization_Train Receive_Synchronization_Train Remote_OOB_Extended_Data_Request_Reply',
  2:
    'Hold_Mode 03 Sniff_Mode Exit_Sniff_Mode Park_State Exit_Park_State QoS_Setup 09 Role_Discovery 0B ' +
    'Switch_Role Read_Link_Policy_Settings Write_Link_Policy_Settings Read_Default_Link_Policy_Settings ' +
    'Write_Default_Link_Policy_Settings Flow_Specification Sniff_Subrating',
  3:
    'Set_Event_Mask 03 Reset 05 Set_Event_Filter 08 Flush Read_PIN_Type Write_PIN_Type 0D ' +
    'Read_Stored_Link_Key 11 Write_Stored_Link_Key Delete_Stored_Link_Key Write_Local_Name ' +
    'Read_Local_Name Read_Connection_Accept_Timeout Write_Connection_Accept_Timeout Read_Page_Timeout ' +
    'Write_Page_Timeout Read_Scan_Enable Write_Scan_Enable Read_Page_Scan_Activity ' +
    'Write_Page_Scan_Activity Read_Inquiry_Scan_Activity Write_Inquiry_Scan_Activity ' +
    'Read_Authentication_Enable Write_Authentication_Enable 23 Read_Class_of_Device ' +
    'Write_Class_of_Device Read_Voice_Setting Write_Voice_Setting Read_Automatic_Flush_Timeout ' +
    'Write_Automatic_Flush_Timeout Read_Num_Broadcast_Retransmissions ' +
    'Write_Num_Broadcast_Retransmissions Read_Hold_Mode_Activity Write_Hold_Mode_Activity ' +
    'Read_Transmit_Power_Level Read_Synchronous_Flow_Control_Enable ' +
    'Write_Synchronous_Flow_Control_Enable 31 Set_Controller_To_Host_Flow_Control 33 Host_Buffer_Size 35 ' +
    'Host_Number_Of_Completed_Packets Read_Link_Supervision_Timeout Write_Link_Supervision_Timeout ' +
    'Read_Number_Of_Supported_IAC Read_Current_IAC_LAP Write_Current_IAC_LAP 3F ' +
    'Set_AFH_Host_Channel_Classification 42 Read_Inquiry_Scan_Type Write_Inquiry_Scan_Type ' +
    'Read_Inquiry_Mode Write_Inquiry_Mode Read_Page_Scan_Type Write_Page_Scan_Type ' +
    'Read_AFH_Channel_Assessment_Mode Write_AFH_Channel_Assessment_Mode 51 ' +
    'Read_Extended_Inquiry_Response Write_Extended_Inquiry_Response Refresh_Encryption_Key 55 ' +
    'Read_Simple_Pairing_Mode Write_Simple_Pairing_Mode Read_Local_OOB_Data ' +
    'Read_Inquiry_Response_Transmit_Power_Level Write_Inquiry_Transmit_Power_Level ' +
    'Read_Default_Erroneous_Data_Reporting Write_Default_Erroneous_Data_Reporting 5F Enhanced_Flush ' +
    'Send_Keypress_Notification 63 Set_Event_Mask_Page_2 Read_Location_Data Write_Location_Data ' +
    'Read_Flow_Control_Mode Write_Flow_Control_Mode Read_Enhanced_Transmit_Power_Level ' +
    'Read_Best_Effort_Flush_Timeout Write_Best_Effort_Flush_Timeout Short_Range_Mode ' +
    'Read_LE_Host_Support Write_LE_Host_Support Set_MWS_Channel_Parameters ' +
    'Set_External_Frame_Configuration Set_MWS_Signaling Set_MWS_Transport_Layer ' +
    'Set_MWS_Scan_Frequency_Table Set_MWS_PATTERN_Configuration Set_Reserved_LT_ADDR ' +
    'Delete_Reserved_LT_ADDR Set_Connectionless_Peripheral_Broadcast_Data ' +
    'Read_Synchronization_Train_Parameters Write_Synchronization_Train_Parameters ' +
    'Read_Secure_Connections_Host_Support Write_Secure_Connections_Host_Support ' +
    'Read_Authenticated_Payload_Timeout Write_Authenticated_Payload_Timeout Read_Local_OOB_Extended_Data ' +
    'Read_Extended_Page_Timeout Write_Extended_Page_Timeout Read_Extended_Inquiry_Length ' +
    'Write_Extended_Inquiry_Length',
  4:
    'Read_Local_Version_Information Read_Local_Supported_Commands Read_Local_Supported_Features ' +
    'Read_Local_Extended_Features Read_Buffer_Size 09 Read_BD_ADDR Read_Data_Block_Size ' +
    'Read_Local_Supported_Codecs_[v1] Read_Local_Simple_Pairing_Options Read_Local_Supported_Codecs_[v2] ' +
    'Read_Local_Supported_Codec_Capabilities Read_Local_Supported_Controller_Delay',
  5:
    'Read_Failed_Contact_Counter Reset_Failed_Contact_Counter Read_Link_Quality 05 Read_RSSI ' +
    'Read_AFH_Channel_Map Read_Clock Read_Encryption_Key_Size 0C Get_MWS_Transport_Layer_Configuration ' +
    'Set_Triggered_Clock_Capture',
  6:
    'Read_Loopback_Mode Write_Loopback_Mode Enable_Device_Under_Test_Mode ' +
    'Write_Simple_Pairing_Debug_Mode 0A Write_Secure_Connections_Test_Mode',
};

/** From event code 1 on; a number is the code of the name behind it. */
const events =
  'Inquiry_Complete Inquiry_Result Connection_Complete Connection_Request Disconnection_Complete ' +
  'Authentication_Complete Remote_Name_Request_Complete Encryption_Change_[v1] ' +
  'Change_Connection_Link_Key_Complete Link_Key_Type_Changed Read_Remote_Supported_Features_Complete ' +
  'Read_Remote_Version_Information_Complete QoS_Setup_Complete Command_Complete Command_Status ' +
  'Hardware_Error Flush_Occurred Role_Change Number_Of_Completed_Packets Mode_Change Return_Link_Keys ' +
  'PIN_Code_Request Link_Key_Request Link_Key_Notification Loopback_Command Data_Buffer_Overflow ' +
  'Max_Slots_Change Read_Clock_Offset_Complete Connection_Packet_Type_Changed QoS_Violation 20 ' +
  'Page_Scan_Repetition_Mode_Change Flow_Specification_Complete Inquiry_Result_with_RSSI ' +
  'Read_Remote_Extended_Features_Complete 2C Synchronous_Connection_Complete ' +
  'Synchronous_Connection_Changed Sniff_Subrating Extended_Inquiry_Result ' +
  'Encryption_Key_Refresh_Complete IO_Capability_Request IO_Capability_Response ' +
  'User_Confirmation_Request User_Passkey_Request Remote_OOB_Data_Request Simple_Pairing_Complete 38 ' +
  'Link_Supervision_Timeout_Changed Enhanced_Flush_Complete 3B User_Passkey_Notification ' +
  'Keypress_Notification Remote_Host_Supported_Features_Notification 48 ' +
  'Number_Of_Completed_Data_Blocks 4E Triggered_Clock_Capture Synchronization_Train_Complete ' +
  'Synchronization_Train_Received Connectionless_Peripheral_Broadcast_Receive ' +
  'Connectionless_Peripheral_Broadcast_Timeout Truncated_Page_Complete ' +
  'Peripheral_Page_Response_Timeout Connectionless_Peripheral_Broadcast_Channel_Map_Change ' +
  'Inquiry_Response_Notification Authenticated_Payload_Timeout_Expired SAM_Status_Change ' +
  'Encryption_Change_[v2]';

const tables = /* @__PURE__ */ new Map<string, ReadonlyMap<number, string>>();

/** The names of a list by their codes: a number in it says the code of the name behind it. */
function tableOf(list: string): ReadonlyMap<number, string> {
  const table = new Map<number, string>();
  let code = 1;
  for (const word of list.split(' ')) {
    if (/^[0-9A-F]{2}$/.test(word)) code = Number.parseInt(word, 16);
    else table.set(code++, word.replace('_[', ' ['));
  }
  return table;
}

function named(list: string | undefined, code: number): string | undefined {
  if (list === undefined) return undefined;
  let table = tables.get(list);
  if (!table) {
    table = tableOf(list);
    tables.set(list, table);
  }
  return table.get(code);
}

/** The name of a command of BR/EDR by its opcode; `undefined` for one that is not assigned. */
export function classicCommandName(opcode: number): string | undefined {
  return named(commands[opcode >> 10], opcode & 0x3ff);
}

/** The name of an event of BR/EDR by its code; `undefined` for one that is not assigned. */
export function classicEventName(code: number): string | undefined {
  return named(events, code);
}
