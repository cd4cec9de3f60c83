import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { decode } from '../../src/decode/index.js';
import { ReplayError, replay } from '../../src/replay/index.js';
import {
  acl,
  CONNECT,
  CONNECTING,
  capture,
  connected,
  host,
  linked,
  MASKS,
  READ,
  READ_DONE,
  RESET,
  RESET_DONE,
} from './bare-host.js';

describe('a replay', () => {
  it('gives the captured answers at their distance, and nothing before its command', async () => {
    const one = await host([RESET, '41 < 04 0e04 01030c00']);
    await one.send();
    expect(one.got).toEqual([]);
    one.played.send(fromHex('01030c00'));
    await one.played.clock.advance(39);
    expect(one.got).toEqual([]);
    await one.played.clock.advance(1);
    expect(one.names).toEqual(['Command_Complete']);
    expect((await one.played.end()).complete).toBe(true);
  });

  it('goes on from a host that is early, with everything before its packet brought forward', async () => {
    const one = await connected([`60000 > ${READ}`, '120000 < 04 3e04 aa 000000', `> ${READ}`].slice(0, 1));
    await one.send(READ);
    expect((await one.played.end()).simulatedMs).toBeLessThan(1000);
  });

  it('lets a long wait of the capture pass in simulated time', async () => {
    const one = await connected([`> ${READ}`, '20000 < 04 0504 00 4000 08']);
    await one.send(READ);
    const { simulatedMs } = await one.played.end();
    expect(simulatedMs).toBeGreaterThan(19_000);
    expect(one.names).toContain('Disconnection_Complete');
  });

  it('permits a frame in other fragments, lists it, and gives back as many buffers as were used', async () => {
    const one = await connected([`> ${READ}`, '< 04 1305 01 4000 0100', READ_DONE]);
    await one.send('02 4000 0500 0300 0400 0a', '02 4010 0200 0300');
    const report = await one.played.end();
    expect(report.of('fragmentation')).toEqual([
      { kind: 'fragmentation', frame: 6, what: 'ATT Read Request: 7 octets → 5 + 2' },
    ]);
    const completed = one.got.filter((packet) => packet.startsWith('0413'));
    // 40 00, then the counts: two packets in all.
    expect(completed.reduce((sum, packet) => sum + Number.parseInt(packet.slice(12, 14), 16), 0)).toBe(2);
  });

  it('stops at other fragments where that is not permitted', async () => {
    const permit = ['synthesised answer', 'event not asked for'] as const;
    const one = await connected([`> ${READ}`], { permit });
    await one.send('02 4000 0500 0300 0400 0a', '02 4010 0200 0300');
    expect(one.path).toBe('dataLength');
  });

  it('takes an ATT request before the response to the one before for a mistake (Vol 3, Part F, 3.3.2)', async () => {
    const one = await connected([`> ${READ}`, READ_DONE, `> ${READ}`, READ_DONE]);
    await one.send(READ, READ);
    expect(one.closed?.message).toContain('before the response');
  });

  it('renames the identifier that a host chose, in the response as well (Vol 3, Part A, 4)', async () => {
    const request = (identifier: string) => acl(5, `12 ${identifier} 0800 1800 2800 0000 2a00`);
    const one = await connected([`> ${request('04')}`, `< ${acl(5, '13 04 0200 0000', false)}`]);
    await one.send(request('77'));
    const report = await one.played.end();
    expect(report.kinds).toContain('identifier');
    expect(one.got.at(-1)).toBe(acl(5, '13 77 0200 0000', false));
  });

  it('permits another order of commands and links, and no other order on one link', async () => {
    const disconnect = '01 0604 03 4000 13';
    const lines = [`> ${READ}`, `> ${disconnect}`, '< 04 0f04 00010604'];
    const one = await connected(lines);
    await one.send(disconnect, READ);
    expect((await one.played.end()).of('order')).toHaveLength(1);
    const other = await connected([`> ${READ}`, `> ${acl(4, '52 0300 01')}`]);
    await other.send(acl(4, '52 0300 01'));
    expect(other.path).toBe('data.att.opcode');
  });

  it('answers commands that the capture never saw with what it shows, and refuses the rest', async () => {
    const buffers = ['> 01 6020 00', '< 04 0e0a 01 6020 00 fb00 08 0000 00'];
    const one = await host([RESET, RESET_DONE, ...buffers]);
    await one.send('01030c00', '01022000', '010c200201 00'.replace(' ', ''), '014b2000');
    const report = await one.played.end();
    expect(report.of('synthesised answer').map(({ what }) => what)).toEqual([
      'LE_Read_Buffer_Size [v1]: from LE_Read_Buffer_Size [v2]',
      'LE_Set_Scan_Enable: Success',
      expect.stringContaining('Command Disallowed'),
    ]);
    expect(one.got).toContain('040e0701022000fb0008');
    expect(report.of('ignored command').map(({ frame }) => frame)).toEqual([3]);
  });

  it('keeps back what the masks of the host keep back (Vol 4, Part E, 7.3.1 and 7.8.1)', async () => {
    const one = await host(linked);
    await one.send('01030c00', CONNECT);
    expect(one.names).not.toContain('LE_Connection_Complete');
    expect((await one.played.end()).of('event not asked for')).toHaveLength(1);
  });

  it('gives a legacy host legacy reports for extended ones, of legacy PDUs only', async () => {
    const report = (type: string) =>
      `< 04 3e1d 0d 01 ${type} 01 010000c0dec0 01 00 ff 7f d0 0000 00 000000000000 03 020106`;
    const scan = ['> 01 4220 06 01 00 0000 0000', '< 04 0e04 01 4220 00'];
    const one = await host([RESET, RESET_DONE, ...scan, report('1300'), report('0100')]);
    await one.send('01030c00', ...MASKS, '01 0c20 02 01 00');
    const played = await one.played.end();
    expect(played.of('legacy for extended').map(({ frame }) => frame)).toEqual([3, 5]);
    // An extended PDU is none that legacy scanning could hear.
    expect(played.of('event not asked for').map(({ frame }) => frame)).toEqual([6]);
    expect(one.got.at(-1)).toBe('043e0f020100' + '01010000c0dec0' + '03020106' + 'd0');
  });

  it('in strict mode permits nothing: another octet, another order, a packet more', async () => {
    const lines = [RESET, RESET_DONE, '> 01 0c20 02 00 00', '< 04 0e04 01 0c20 00'];
    const same = await host(lines, { permit: 'strict' });
    await same.send('01030c00', '010c20020000');
    expect((await same.played.end()).uses).toEqual([]);
    const octet = await host(lines, { permit: 'strict' });
    await octet.send('01030c00', '010c20020001');
    expect(octet.path).toBe('filterDuplicates');
    const order = await host(lines, { permit: 'strict' });
    await order.send('010c20020000');
    expect(order.path).toBe('opcode');
    const more = await host(lines, { permit: 'strict' });
    await more.send('01030c00', '01030c00');
    expect(more.path).toBe('opcode');
  });

  it('tells a host that waits in vain what is missing', async () => {
    const one = await connected([`> ${READ}`]);
    const forever = new Promise<void>(() => {});
    await expect(one.played.run(forever)).rejects.toThrow(/frame 6.*did not send ATT Read Request/);
    await expect(one.played.end()).rejects.toBeInstanceOf(ReplayError);
  });

  it('leaves a program its own error, also when that closed the port before the capture was at its end', async () => {
    const one = await connected([`> ${READ}`]);
    await one.played.close();
    const mine = new RangeError('mine');
    await expect(one.played.run(Promise.reject(mine))).rejects.toBe(mine);
    await expect(one.played.end()).rejects.toThrow(/did not send ATT Read Request/);
  });

  it('says when a packet is next, and rejects when that never comes', async () => {
    const one = await connected([`> ${READ}`, READ_DONE, `> ${READ}`]);
    let isNext = false;
    const reached = one.played.reached(8).then(() => {
      isNext = true;
    });
    await one.send();
    expect(isNext).toBe(false);
    await one.send(READ);
    await reached;
    const never = one.played.reached(1000);
    const failed = expect(never).rejects.toBeInstanceOf(ReplayError);
    await one.send(acl(4, '0a 0400'));
    await failed;
  });

  it('answers the bring-up of a host by what a capture from the middle of a session shows', async () => {
    const resolves = ['> 01 2d20 01 01', '< 04 0e04 012d2000'];
    const identity = `> ${acl(6, '09 00 060504030201')}`;
    const lines = [...resolves, ...linked.slice(2), identity];
    const ask = async (captured: readonly string[], ...commands: string[]) => {
      const one = await host(captured);
      await one.send(...commands);
      return one.got.map((packet) => packet.slice(14));
    };
    // Read_BD_ADDR, LE_Read_Local_Supported_Features: bit 6 is LL Privacy.
    expect(await ask(lines, '01091000', '01032000')).toEqual(['060504030201', '4000000000000000']);
    const one = await host(lines);
    await one.send('01021000');
    const mask = decode(fromHex(one.got[0]!)).line;
    for (const name of ['Set_Event_Mask', 'LE_Set_Event_Mask', 'LE_Read_Buffer_Size [v1]', 'Read_BD_ADDR'])
      expect(mask).toContain(name);
    // Of a capture that shows neither, neither is told.
    const [refused, features] = await ask(linked.slice(2), '01091000', '01032000');
    expect([refused, features]).toEqual(['', '0000000000000000']);
  });

  it('connects to an address whether it is called an identity or not', async () => {
    const identity = CONNECT.replace('00 01 010000c0dec0', '00 03 010000c0dec0');
    const lines = [RESET, RESET_DONE, `> ${identity}`, CONNECTING];
    const one = await host(lines);
    await one.send('01030c00', CONNECT);
    expect((await one.played.end()).of('own parameter').map(({ what }) => what)).toEqual([
      'LE_Create_Connection Peer_Address_Type 3 (random identity) → 1 (random)',
    ]);
    const other = await host(lines);
    await other.send('01030c00', CONNECT.replace('00 01 010000c0dec0', '00 00 010000c0dec0'));
    expect(other.path).toBe('peerAddressType');
  });

  it('leaves out what it is told to, with the link that came about by it', async () => {
    const one = await host([...linked, `> ${READ}`, READ_DONE], { ignore: { frames: [3] } });
    await one.send('01030c00');
    const report = await one.played.end();
    expect(report.of('other link').map(({ frame }) => frame)).toEqual([6]);
    expect(report.of('ignored command').map(({ frame }) => frame)).toEqual([3]);
  });

  it('draws from the capture what the captured host drew: addresses, their random parts, its identity key', async () => {
    const irk = '0123456789abcdeffedcba9876543210';
    const one = await host([
      ...linked,
      '> 01 0520 06 112233445566',
      `> ${acl(6, '01 03 00 01 10 03 03')}`,
      `> ${acl(6, `08 ${irk}`)}`,
    ]);
    const { random } = one.played;
    const draw = (octets: number) => toHex(random.fill(new Uint8Array(octets)));
    expect(draw(16)).toBe(irk);
    expect(draw(16)).not.toBe(irk);
    expect(draw(6)).toBe('112233445566');
    expect(draw(6)).not.toBe('112233445566');
    // 0x66: of a resolvable private address (Vol 6, Part B, 1.3.2.2).
    expect(draw(3)).toBe('445566');
    expect(draw(3)).not.toBe('445566');
  });

  it('refuses options that make no sense, and captures that are none', () => {
    const octets = capture([RESET]);
    expect(() => replay(octets, { permit: ['everything' as never] })).toThrow(RangeError);
    expect(() => replay(octets, { until: 0 })).toThrow(RangeError);
    expect(() => replay(octets, { until: 'last ATT PDU' })).toThrow(/no ATT PDU/);
    expect(() => replay(octets, { stict: true } as never)).toThrow(TypeError);
    expect(() => replay(Uint8Array.of(1, 2, 3))).toThrow(/no capture/);
  });

  it('takes a clock of the user', async () => {
    const clock = new SimulatedClock();
    await clock.advance(5000);
    const one = await host([RESET, RESET_DONE], { clock });
    await one.send('01030c00');
    expect((await one.played.end()).simulatedMs).toBeLessThan(1000);
    expect(one.played.clock).toBe(clock);
  });
});
