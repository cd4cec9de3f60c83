import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../src/hci/capture/index.js';
import { type Statistics, StatisticsCollector } from '../../src/stats/index.js';
import { code, type OracleFrame, readOracle } from '../replay/oracle.js';
import { describeWithShared, shared } from '../support/shared.js';

const captures = [
  '01-idealled-legacy-connect.btsnoop',
  '02-horizon-treadmill-legacy.btsnoop',
  '03-pongbot-extended.btsnoop',
  '04-btsnooper-extadv-throughput.btsnoop',
  '06-jbd-bms-h1.btsnoop',
  '07-miband2-legacy-pairing.btsnoop',
  '08-bjled-att-phdr.pcapng',
  'emulated/emul-legacy-passkey-central.btsnoop',
  'emulated/emul-sc-numeric-peripheral.btsnoop',
  'emulated/emul-coc-central.btsnoop',
  'emulated/emul-cis-central.btsnoop',
];

function statisticsOf(name: string): Statistics {
  const capture = readCapture(readFileSync(shared(`captures/${name}`)));
  const collector = new StatisticsCollector();
  for (const record of capture.list) collector.add(record);
  return collector.result(capture);
}

/** How often each key comes. */
function counted(keys: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

/** A vendor's trace on a handle that is no connection: the oracle takes it for data. */
const TRACE = 0xedc;
const isTrace = ({ acl }: OracleFrame) => acl?.handle === TRACE;
const kindOf = { cmd: 'command', evt: 'event', acl: 'acl', iso: 'iso' } as const;

describeWithShared('statistics of the captures, against the other decoder', () => {
  describe.each(captures)('%s', (name) => {
    const statistics = statisticsOf(name);
    const frames = readOracle(name.replace(/^emulated\//, '').replace(/\.\w+$/, '')).filter(
      ({ type }) => type !== 'mon',
    );

    it('counts packets by kind and direction', () => {
      const theirs = counted(
        frames.map(
          ({ type, dir }) => `${kindOf[type as keyof typeof kindOf]} ${dir === 'tx' ? 'sent' : 'received'}`,
        ),
      );
      const ours = Object.fromEntries(
        statistics.traffic.flatMap(({ kind, sent, received }) => [
          ...(sent.packets > 0 ? [[`${kind} sent`, sent.packets]] : []),
          ...(received.packets > 0 ? [[`${kind} received`, received.packets]] : []),
        ]),
      );
      expect(ours).toEqual(theirs);
      const byTime = statistics.perSecond.entries.flat().reduce((sum, count) => sum + count, 0);
      expect(byTime).toBe(frames.length);
    });

    it('tells advertisers with their reports and the range of their RSSI', () => {
      const reports = frames.flatMap(({ evt }) => evt?.reports ?? []);
      const theirs: Record<string, { reports: number; min: number; max: number }> = {};
      for (const { addr, addr_type, rssi } of reports) {
        const key = `${addr.toUpperCase()}/${addr_type & 1 ? 'random' : 'public'}`;
        const one = (theirs[key] ??= { reports: 0, min: 127, max: -127 });
        one.reports++;
        one.min = Math.min(one.min, rssi);
        one.max = Math.max(one.max, rssi);
      }
      const ours = Object.fromEntries(
        statistics.advertisers.map(({ address, reports: count, rssi }) => [
          address,
          { reports: count, min: rssi?.min, max: rssi?.max },
        ]),
      );
      expect(ours).toEqual(theirs);
    });

    it('counts ATT PDUs by opcode', () => {
      const theirs = counted(
        frames
          .filter((frame) => !isTrace(frame))
          .flatMap(({ att }) => (att ? [String(code(att.opcode))] : [])),
      );
      const ours = Object.fromEntries(
        statistics.attPdus.map(({ opcode, sent, received }) => [String(opcode), sent + received]),
      );
      expect(ours).toEqual(theirs);
    });

    it('counts ATT errors', () => {
      const theirs = frames.filter((frame) => !isTrace(frame) && frame.att?.error).length;
      const ours = statistics.errors
        .filter(({ what }) => what.startsWith('ATT '))
        .reduce((sum, { count }) => sum + count, 0);
      expect(ours).toBe(theirs);
    });

    it('tells the LE connections that came about, and how they ended', () => {
      const complete = frames.flatMap(({ evt }) =>
        evt && code(evt.code) === 0x3e && [0x01, 0x0a, 0x29].includes(code(evt.sub)!) && evt.status === 0
          ? [`${evt.addr!.toUpperCase()} ${evt.role === 0 ? 'central' : 'peripheral'}`]
          : [],
      );
      const ours = statistics.connections.filter(({ role }) => role !== undefined);
      expect(ours.map(({ address, role }) => `${address!.slice(0, 17)} ${role}`)).toEqual(complete);
      const reasons = frames.flatMap(({ evt }) =>
        evt && code(evt.code) === 0x05 && evt.status === 0 ? [evt.reason] : [],
      );
      const ended = statistics.connections.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
      expect(ended.sort()).toEqual(reasons.sort());
    });

    it('has every SMP packet in the sequence', () => {
      const theirs = frames.filter((frame) => !isTrace(frame) && frame.smp).length;
      const ours = statistics.sequence.filter(({ protocol }) => protocol === 'SMP').length;
      if (statistics.leftOut.length > 0) expect(ours).toBeLessThanOrEqual(theirs);
      else expect(ours).toBe(theirs);
    });
  });
});
