import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { Decoder, decode, findField, type ReadablePacket, toText } from '../../src/decode/index.js';
import { allSignals } from '../../src/l2cap/signalling-pdus.js';
import { all as smpPdus } from '../../src/smp/pdus.js';
import { readBtsnoop } from '../support/btsnoop.js';
import { aclFrame, aclPacketOf, eventPacket, l2capFrame } from '../support/packets.js';
import { describeWithShared, shared } from '../support/shared.js';

const ATT = 4;
const SIGNALLING = 5;
const SMP = 6;
const said = (cid: number, pdu: string) => decode(aclFrame(cid, pdu)).line.replace('ACL 0x0040 ', '');
const OCTETS_16 = '000102030405060708090a0b0c0d0e0f';

/** A command of each code: Core Vol 3, Part A, 4. */
const signalling: readonly (readonly [pdu: string, said: string])[] = [
  ['01 01 0200 0000', 'Command Reject: Identifier 1, Reason 0 (Command not understood), Data (empty)'],
  ['01 01 0400 0100 1700', 'Command Reject: Identifier 1, Reason 1 (Signaling MTU exceeded), Data 23 octets'],
  [
    '01 01 0600 0200 4000 4100',
    'Command Reject: Identifier 1, Reason 2 (Invalid CID in request), Data 40004100',
  ],
  ['06 02 0400 4000 4100', 'Disconnection Request: Identifier 2, Destination_CID 0x0040, Source_CID 0x0041'],
  ['07 02 0400 4000 4100', 'Disconnection Response: Identifier 2, Destination_CID 0x0040, Source_CID 0x0041'],
  [
    '12 03 0800 0600 0c00 0000 c800',
    'Connection Parameter Update Request: Identifier 3, Interval_Min 6 (7.5 ms), Interval_Max 12 (15 ms), ' +
      'Latency 0, Timeout 200 (2 s)',
  ],
  ['13 03 0200 0100', 'Connection Parameter Update Response: Identifier 3, Result 1 (rejected)'],
  [
    '14 04 0a00 2700 4000 0002 f700 0a00',
    'LE Credit Based Connection Request: Identifier 4, SPSM 0x0027 (EATT), Source_CID 0x0040, MTU 512, MPS 247, ' +
      'Initial_Credits 10',
  ],
  [
    '15 04 0a00 0000 0000 0000 0000 0200',
    'LE Credit Based Connection Response: Identifier 4, Destination_CID 0x0000, MTU 0, MPS 0, Initial_Credits 0, ' +
      'Result 0x0002 (refused: SPSM not supported)',
  ],
  ['16 05 0400 4000 0a00', 'Flow Control Credit Ind: Identifier 5, CID 0x0040, Credits 10'],
  [
    '17 06 0c00 8000 4000 4000 0100 4000 4100',
    'Credit Based Connection Request: Identifier 6, SPSM 0x0080, MTU 64, MPS 64, Initial_Credits 1, ' +
      'Source_CIDs [0x0040; 0x0041]',
  ],
  [
    '18 06 0c00 4000 4000 0100 0400 4000 0000',
    'Credit Based Connection Response: Identifier 6, MTU 64, MPS 64, Initial_Credits 1, ' +
      'Result 0x0004 (refused: insufficient resources available), Destination_CIDs [0x0040; 0x0000]',
  ],
  [
    '19 07 0600 8000 8000 4000',
    'Credit Based Reconfigure Request: Identifier 7, MTU 128, MPS 128, Destination_CIDs [0x0040]',
  ],
  [
    '1a 07 0200 0300',
    'Credit Based Reconfigure Response: Identifier 7, Result 3 (failed: one or more Destination CIDs invalid)',
  ],
];

/** A packet of each code: Core Vol 3, Part H, 3.5 and 3.6. */
const smp: readonly (readonly [pdu: string, said: string])[] = [
  [
    '01 03 00 0d 10 07 05',
    'Pairing Request: IO_Capability 3 (NoInputNoOutput), OOB_Data_Flag 0 (OOB data not present), ' +
      'AuthReq 0x0D (Bonding_Flags: bonding, MITM, SC), Maximum_Encryption_Key_Size 16 octets, ' +
      'Initiator_Key_Distribution 0x07 (EncKey, IdKey, SignKey), Responder_Key_Distribution 0x05 (EncKey, SignKey)',
  ],
  [
    '02 04 01 00 07 00 00',
    'Pairing Response: IO_Capability 4 (KeyboardDisplay), OOB_Data_Flag 1 (OOB data of the remote device present), ' +
      'AuthReq 0x00 (Bonding_Flags: no bonding), Maximum_Encryption_Key_Size 7 octets, ' +
      'Initiator_Key_Distribution 0x00 (none), Responder_Key_Distribution 0x00 (none)',
  ],
  [`03 ${OCTETS_16}`, `Pairing Confirm: Confirm_Value ${OCTETS_16}`],
  [`04 ${OCTETS_16}`, `Pairing Random: Random_Value ${OCTETS_16}`],
  ['05 0b', 'Pairing Failed: Reason 0x0B (DHKey Check Failed)'],
  [`06 ${OCTETS_16}`, `Encryption Information: Long_Term_Key ${OCTETS_16}`],
  ['07 3412 0001020304050607', 'Central Identification: EDIV 4660, Rand 0001020304050607'],
  [`08 ${OCTETS_16}`, `Identity Information: Identity_Resolving_Key ${OCTETS_16}`],
  ['09 01 0102030405c6', 'Identity Address Information: BD_ADDR C6:05:04:03:02:01/random'],
  [`0a ${OCTETS_16}`, `Signing Information: Signature_Key ${OCTETS_16}`],
  ['0b 01', 'Security Request: AuthReq 0x01 (Bonding_Flags: bonding)'],
  [
    `0c ${OCTETS_16.repeat(4)}`,
    `Pairing Public Key: Public_Key_X ${OCTETS_16.repeat(2)}, Public_Key_Y ${OCTETS_16.repeat(2)}`,
  ],
  [`0d ${OCTETS_16}`, `Pairing DHKey Check: DHKey_Check ${OCTETS_16}`],
  ['0e 02', 'Pairing Keypress Notification: Notification_Type 2 (Passkey digit erased)'],
];

describe('signalling commands', () => {
  it('are taken apart (Core Vol 3, Part A, 4)', () => {
    expect(signalling.map(([pdu]) => said(SIGNALLING, pdu))).toEqual(
      signalling.map(([, text]) => `L2CAP ${text}`),
    );
    const codes = new Set(signalling.map(([pdu]) => Number.parseInt(pdu.slice(0, 2), 16)));
    expect(codes).toEqual(new Set(allSignals.map(({ code }) => code)));
  });

  it('keep what is unknown or malformed as octets', () => {
    expect(said(SIGNALLING, 'ee 01 0200 0102')).toBe(
      'L2CAP signalling command 0xEE: Identifier 1, Parameters 0102',
    );
    expect(said(SIGNALLING, '06 01 0800 4000 4100')).toBe(
      'L2CAP Disconnection Request: Identifier 1, Parameters 40004100 ' +
        '[malformed: the command says 8 octets of data and has 4]',
    );
    expect(said(SIGNALLING, '06 01')).toMatch(
      /^L2CAP Disconnection Request: .*\[malformed: .*2 octets wanted/,
    );
    expect(said(SIGNALLING, '')).toMatch(/^L2CAP empty signalling frame \[malformed/);
    expect(said(SIGNALLING, '13 01 0300 000099')).toMatch(
      /Trailing octets 99 \[malformed: 1 octets too many\]$/,
    );
  });

  it('may be several in a frame of BR/EDR, whose own have a name (4)', () => {
    const packet = decode(aclFrame(1, '0a 01 0200 0200 06 02 0400 4000 4100'));
    expect(packet.line).toBe(
      'ACL 0x0040 L2CAP Information Request + L2CAP Disconnection Request: Identifier 1, Parameters 0200, ' +
        'Identifier 2, Destination_CID 0x0040, Source_CID 0x0041',
    );
  });
});

describe('SMP packets', () => {
  it('are taken apart (Core Vol 3, Part H, 3.5 and 3.6)', () => {
    expect(smp.map(([pdu]) => said(SMP, pdu))).toEqual(smp.map(([, text]) => `SMP ${text}`));
    const codes = smp.map(([pdu]) => Number.parseInt(pdu.slice(0, 2), 16));
    expect(codes).toEqual(smpPdus.map(({ code }) => code));
  });

  it('keep what is unknown or malformed as octets', () => {
    expect(said(SMP, 'ee 01')).toBe('SMP packet 0xEE: Parameters 01');
    expect(said(SMP, '05 03 99')).toMatch(/Trailing octets 99 \[malformed: 1 octets too many\]$/);
    expect(said(SMP, '03 0102')).toBe(
      'SMP Pairing Confirm: Confirm_Value 0102 [malformed: packet too short: 16 octets wanted at offset 1, 2 left]',
    );
  });
});

describe('fragments of a stream', () => {
  const frame = l2capFrame(ATT, `1b 0300 ${'2a'.repeat(60)}`);
  const cut = (handle: number) => [
    aclPacketOf(handle, frame.subarray(0, 27), 2),
    aclPacketOf(handle, frame.subarray(27, 54), 1),
    aclPacketOf(handle, frame.subarray(54), 1),
  ];

  it('are put together, those of each connection and direction apart (Core Vol 3, Part A, 7.2.1)', () => {
    const decoder = new Decoder();
    const [one, other] = [cut(0x40), cut(0x41)];
    const lines = [0, 1, 2].flatMap((i) => [
      decoder.decode(false, one[i]!).line,
      decoder.decode(true, one[i]!).line,
      decoder.decode(false, other[i]!).line,
    ]);
    expect(lines.slice(0, 6).every((line) => / fragment of an L2CAP frame/.test(line))).toBe(true);
    for (const line of lines.slice(6)) {
      expect(line).toMatch(
        /^ACL 0x004[01] ATT Handle Value Notification: Attribute_Handle 0x0003, .*60 octets/,
      );
    }
  });

  it('show the frame they make, with places in it', () => {
    const decoder = new Decoder();
    const packets = cut(0x40).map((packet) => decoder.decode(false, packet));
    const whole = findField(packets[2]!.fields, 'frame')!;
    expect(whole).toMatchObject({ source: 'reassembled', offset: 0, length: frame.length });
    expect(findField(whole.fields!, 'att', 'attributeHandle')).toMatchObject({ offset: 5, length: 2 });
    expect(toText(packets[2]!)).toContain('L2CAP frame (put together from several packets)');
  });

  it('that have no beginning, or too much, are said to be wrong, and the next frame is whole again', () => {
    const decoder = new Decoder();
    const [first, middle] = cut(0x40);
    expect(decoder.decode(false, middle!).malformed).toBe('a continuing fragment came without a start');
    decoder.decode(false, first!);
    const whole = decoder.decode(false, aclFrame(ATT, '0a 0300'));
    expect(whole.line).toMatch(
      /^ACL 0x0040 ATT Read Request: .*\[malformed: a frame began before the one before it was complete\]$/,
    );
    decoder.decode(false, first!);
    decoder.decode(false, middle!);
    expect(decoder.decode(false, middle!).malformed).toMatch(/a frame of 67 octets came with 81/);
    expect(decoder.decode(false, aclFrame(ATT, '0a 0300')).malformed).toBeUndefined();
  });
});

const SPSM = '8000';
const MTU = '0002';
/** The host asks for a channel and gets it: the host's end is 0x0040, the peer's 0x0050. */
function withChannel(spsm = SPSM): Decoder {
  const decoder = new Decoder();
  decoder.decode(true, aclFrame(SIGNALLING, `14 01 0a00 ${spsm} 4000 ${MTU} 4000 0a00`));
  decoder.decode(false, aclFrame(SIGNALLING, `15 01 0a00 5000 ${MTU} 4000 0a00 0000`));
  return decoder;
}

describe('credit-based channels of a stream', () => {
  it('are known from the signalling, by the CID of who receives (Core Vol 3, Part A, 4.22)', () => {
    const decoder = withChannel();
    expect(decoder.decode(true, aclFrame(0x50, '0300 aabbcc')).line).toBe(
      'ACL 0x0040 L2CAP SDU of SPSM 0x0080 on CID 0x0050, 3 octets: Information_Payload aabbcc',
    );
    expect(decoder.decode(false, aclFrame(0x40, '0100 01')).name).toMatch(
      /^L2CAP SDU of SPSM 0x0080 on CID 0x0040/,
    );
    expect(decoder.decode(true, aclFrame(0x40, '0100 01')).name).toBe('L2CAP frame of CID 0x0040');
  });

  it('have SDUs of several K-frames, of which the first says how long it is (3.4.3)', () => {
    const decoder = withChannel();
    const frames = ['0700 0102', '030405', '0607', '0100 09'].map((k) =>
      decoder.decode(true, aclFrame(0x50, k)),
    );
    expect(
      frames.map(({ name }) => name.replace('L2CAP ', '').replace(' of SPSM 0x0080 on CID 0x0050', '')),
    ).toEqual([
      'K-frame, 2 of 7 octets of the SDU',
      'K-frame, 5 of 7 octets of the SDU',
      'SDU, 7 octets',
      'SDU, 1 octets',
    ]);
    expect(findField(frames[0]!.fields, 'data', 'kFrame', 'sduLength')!.value).toBe(7);
    const tooMuch = decoder.decode(true, aclFrame(0x50, '0100 0102'));
    expect(tooMuch.malformed).toBe('more octets than the SDU has, which is 1');
    expect(decoder.decode(true, aclFrame(0x50, '01')).malformed).toMatch(/2 octets wanted/);
  });

  it('end with the answer to the Disconnection Request (4.7)', () => {
    const decoder = withChannel();
    decoder.decode(false, aclFrame(SIGNALLING, '06 07 0400 4000 5000'));
    expect(decoder.decode(true, aclFrame(0x50, '0100 01')).name).toMatch(/SDU of SPSM/);
    decoder.decode(true, aclFrame(SIGNALLING, '07 07 0400 4000 5000'));
    expect(decoder.decode(true, aclFrame(0x50, '0100 01')).name).toBe('L2CAP frame of CID 0x0050');
    expect(decoder.decode(false, aclFrame(0x40, '0100 01')).name).toBe('L2CAP frame of CID 0x0040');
  });

  it('are not there when they were refused, some or all (4.23, 4.26)', () => {
    const decoder = new Decoder();
    decoder.decode(true, aclFrame(SIGNALLING, `14 01 0a00 ${SPSM} 4000 ${MTU} 4000 0a00`));
    decoder.decode(false, aclFrame(SIGNALLING, '15 01 0a00 5000 0000 0000 0000 0200'));
    expect(decoder.decode(true, aclFrame(0x50, '0100 01')).name).toBe('L2CAP frame of CID 0x0050');
    decoder.decode(true, aclFrame(SIGNALLING, `17 02 0e00 ${SPSM} ${MTU} 4000 0100 4100 4200 4300`));
    decoder.decode(false, aclFrame(SIGNALLING, `18 02 0e00 ${MTU} 4000 0100 0400 5100 0000 5300`));
    const names = [0x51, 0x52, 0x53].map((cid) => decoder.decode(true, aclFrame(cid, '0100 01')).name);
    expect(names.map((name) => name.slice(0, 12))).toEqual(['L2CAP SDU of', 'L2CAP frame ', 'L2CAP SDU of']);
    expect(decoder.decode(false, aclFrame(0x43, '0100 01')).name).toMatch(/^L2CAP SDU of/);
  });

  it('of EATT carry ATT, each with its own requests (Core Vol 3, Part F, 3.2.11)', () => {
    const decoder = withChannel('2700');
    decoder.decode(true, aclFrame(ATT, '08 0100 ffff 0228'));
    const request = decoder.decode(true, aclFrame(0x50, '0700 08 0100 ffff 0328'));
    expect(request.line).toMatch(/^ACL 0x0040 ATT Read By Type Request: .*Attribute_Type 0x2803$/);
    decoder.decode(false, aclFrame(0x40, '0900 09 07 0200 12'));
    const response = decoder.decode(false, aclFrame(0x40, '0300 372a'));
    expect(response.line).toContain(
      '{Properties 0x12 (Read, Notify), Value_Handle 0x0003, Characteristic_UUID 0x2A37}',
    );
    expect(findField(response.fields, 'data', 'att')!.source).toBe('reassembled');
  });
});

describe('connections of a stream', () => {
  const READ = aclFrame(ATT, '0a 0300');

  it('forget what they were when they go, and when another comes with their handle', () => {
    const decoder = withChannel();
    decoder.decode(false, eventPacket(0x05, '00 4000 13'));
    expect(decoder.decode(true, aclFrame(0x50, '0100 01')).name).toBe('L2CAP frame of CID 0x0050');
    const other = withChannel();
    other.decode(false, eventPacket(0x3e, '01 00 4000 00 01 010000c0dec0 1800 0000 4800 00'));
    expect(other.decode(true, aclFrame(0x50, '0100 01')).name).toBe('L2CAP frame of CID 0x0050');
    const again = withChannel();
    again.decode(false, eventPacket(0x0e, '01 030c 00'));
    expect(again.decode(true, aclFrame(0x50, '0100 01')).name).toBe('L2CAP frame of CID 0x0050');
  });

  it("tell a vendor's trace from the connection of that handle", () => {
    const trace = aclFrame(ATT, '0a 0300', 0xedc);
    const decoder = new Decoder();
    expect(decoder.decode(false, trace).line).toMatch(
      /^ACL 0x0EDC of no connection, a vendor's trace: Data 0300/,
    );
    decoder.decode(false, eventPacket(0x3e, '01 00 dc0e 00 01 010000c0dec0 1800 0000 4800 00'));
    expect(decoder.decode(false, trace).name).toBe('ATT Read Request');
    expect(decode(READ).name).toBe('ATT Read Request');
  });

  it('are kept up to 32, the oldest forgotten first', () => {
    const decoder = withChannel();
    for (let handle = 0x100; handle < 0x11f; handle++) decoder.decode(true, aclFrame(ATT, '0a 0300', handle));
    expect(decoder.decode(true, aclFrame(0x50, '0100 01')).name).toMatch(/^L2CAP SDU/);
    for (let handle = 0x200; handle < 0x220; handle++) decoder.decode(true, aclFrame(ATT, '0a 0300', handle));
    expect(decoder.decode(true, aclFrame(0x50, '0100 01')).name).toBe('L2CAP frame of CID 0x0050');
  });

  it('keep 4096 attributes of a server, the oldest forgotten first', () => {
    const decoder = new Decoder();
    const learn = (handle: number) => {
      const octets = toHex(Uint8Array.of(handle & 0xff, handle >> 8));
      decoder.decode(true, aclFrame(ATT, `04 ${octets}${octets}`));
      decoder.decode(false, aclFrame(ATT, `05 01 ${octets} 0229`));
    };
    for (let handle = 1; handle <= 4097; handle++) learn(handle);
    expect(decoder.decode(true, aclFrame(ATT, '0a 0100')).line).toMatch(/0x0001$/);
    expect(decoder.decode(true, aclFrame(ATT, '0a 0200')).line).toMatch(/0x0002 \[0x2902\]$/);
  });
});

describe('what the stream tells of the controller', () => {
  const version = (company: string) => eventPacket(0x0e, `01 0110 00 0c 0000 0c ${company} 0000`);
  const READ_POWER = fromHex('01 0ffc 03 02 4000');

  it("makes the manufacturer's commands known", () => {
    const decoder = new Decoder();
    expect(decoder.decode(true, READ_POWER).name).toBe('Vendor_Command 0xFC0F');
    decoder.decode(false, version('f105'));
    expect(decoder.decode(true, READ_POWER).name).toBe('Zephyr Read_Tx_Power_Level');
    decoder.decode(false, version('0f00'));
    expect(decoder.decode(true, READ_POWER).name).toBe('Vendor_Command 0xFC0F');
    expect(new Decoder({ company: 0x05f1 }).decode(true, READ_POWER).name).toBe('Zephyr Read_Tx_Power_Level');
  });
});

describeWithShared('the channels of the captures', () => {
  const sdus = (capture: string, sent: boolean) => {
    const decoder = new Decoder();
    const found: number[] = [];
    for (const record of readBtsnoop(shared(`captures/emulated/${capture}.btsnoop`))) {
      const packet: ReadablePacket = decoder.decode(record.sent, record.type, record.packet);
      const size = /^L2CAP SDU of SPSM 0x0081 .*, (\d+) octets$/.exec(packet.name)?.[1];
      if (size !== undefined && record.sent === sent) found.push(Number(size));
    }
    return found;
  };

  it('have their SDUs whole on both sides', () => {
    const ofCentral = sdus('emul-coc-central', true);
    expect(ofCentral.length).toBeGreaterThan(4);
    expect(sdus('emul-coc-peripheral', false)).toEqual(ofCentral);
    expect(sdus('emul-coc-peripheral', true)).toEqual(sdus('emul-coc-central', false));
  });
});
