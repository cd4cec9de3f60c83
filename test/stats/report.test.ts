import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/core/index.js';
import { hciRecord } from '../../src/hci/capture/index.js';
import { Buckets, Sample } from '../../src/stats/bounded.js';
import { ticks } from '../../src/stats/html/charts.js';
import { escapeHtml } from '../../src/stats/html/escape.js';
import { reportPage, reportText, StatisticsCollector } from '../../src/stats/index.js';

const SECOND = 1_000_000;

/** Statistics of H4 packets in hexadecimal, each with its time in seconds and > for the host's. */
function statisticsOf(...packets: readonly (readonly [at: number, way: '>' | '<', hex: string])[]) {
  const collector = new StatisticsCollector();
  for (const [at, way, hex] of packets) {
    const octets = fromHex(hex.replaceAll(' ', ''));
    collector.add(hciRecord(at * SECOND, way === '>', octets[0]!, octets.subarray(1)));
  }
  return collector.result();
}

/** An LE Connection Complete of handle 0x0040, as a central, with C0:DE:C0:00:00:01. */
const connected = '04 3e 13 01 00 4000 00 01 010000c0dec0 1800 0000 c800 00';
const acl = (l2cap: string) => {
  const length = l2cap.replaceAll(' ', '').length / 2;
  return `02 4020 ${length.toString(16).padStart(2, '0')}00 ${l2cap}`;
};
const att = (pdu: string) => {
  const length = pdu.replaceAll(' ', '').length / 2;
  return acl(`${length.toString(16).padStart(2, '0')}00 0400 ${pdu}`);
};
/** An advertising report with a complete local name. */
function named(name: string, rssi: number): string {
  const octets = new TextEncoder().encode(name);
  const hex = [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  const data = `${(octets.length + 1).toString(16).padStart(2, '0')}09${hex}`;
  const size = data.length / 2;
  const total = (12 + size).toString(16).padStart(2, '0');
  return `04 3e ${total} 02 01 00 01 010000c0dec0 ${size.toString(16).padStart(2, '0')} ${data} ${(rssi & 0xff).toString(16)}`;
}

describe('the statistics of a capture', () => {
  it('follow a connection from its beginning to its end', () => {
    const { connections } = statisticsOf(
      [0, '>', '01 030c 00'],
      [1, '<', named('Belt', -50)],
      [2, '<', connected],
      [2.5, '>', att('02 f700')],
      [2.6, '<', att('03 4000')],
      [3, '<', '04 3e 0a 03 00 4000 0600 0000 6400'],
      [3.5, '<', '04 08 04 00 4000 01'],
      [4, '<', att('1b 1200 0102030405')],
      [9, '<', '04 05 04 00 4000 13'],
    );
    expect(connections).toEqual([
      expect.objectContaining({
        handle: 0x40,
        address: 'C0:DE:C0:00:00:01/random',
        name: 'Belt',
        role: 'central',
        begin: 2,
        end: 9,
        reason: 0x13,
        sent: { packets: 1, octets: 11 },
        received: { packets: 2, octets: 27 },
        attPayload: { sent: 2, received: 9 },
        attMtu: 64,
        encrypted: true,
      }),
    ]);
    expect(connections[0]!.changes).toEqual([
      { at: 2, what: 'interval 30 ms, latency 0, timeout 2000 ms' },
      { at: 2.6, what: 'ATT_MTU 64' },
      { at: 3, what: 'interval 7.5 ms, latency 0, timeout 1000 ms' },
      { at: 3.5, what: 'encrypted' },
    ]);
  });

  it('have response times, and what nobody answered', () => {
    const { responses, errors } = statisticsOf(
      [0, '>', '01 030c 00'],
      [0.004, '<', '04 0e 04 01 030c 00'],
      [1, '>', '01 0c20 02 01 00'],
      [1.002, '<', '04 0e 04 01 0c20 0c'],
      [2, '<', connected],
      [3, '>', att('0a 1200')],
      [3.05, '<', att('01 0a 1200 05')],
      [4, '>', att('0a 1300')],
      [5, '<', '04 05 04 00 4000 08'],
      [6, '>', '01 0d20 00'],
    );
    expect(responses.hci).toMatchObject({ count: 2, unanswered: 1 });
    expect(responses.hci.max).toBeCloseTo(4, 6);
    expect(responses.att).toMatchObject({ count: 1, unanswered: 1 });
    expect(responses.att.max).toBeCloseTo(50, 6);
    expect(errors).toEqual([
      { what: 'LE_Set_Scan_Enable: 0x0C Command Disallowed', count: 1, record: 4, at: 1.002 },
      {
        what: 'ATT Read Request: 0x05 Insufficient Authentication (from the peer)',
        count: 1,
        record: 7,
        at: 3.05,
      },
    ]);
  });

  it('put fragments together before they count ATT, and drop data of a handle that is no connection after a Reset', () => {
    const { attPdus, connections } = statisticsOf(
      [0, '>', '01 030c 00'],
      [1, '<', connected],
      [1.1, '<', '02 4020 0600 0900 0400 1b 12'],
      [1.2, '<', '02 4010 0700 00 010203040506'],
      [1.3, '<', '02 dc2e 0900 0500 0400 1b12000102'],
    );
    expect(attPdus).toEqual([{ opcode: 0x1b, name: 'Handle Value Notification', sent: 0, received: 1 }]);
    expect(connections).toHaveLength(1);
  });

  it('count what L2CAP refuses as errors', () => {
    const { errors } = statisticsOf(
      [0, '<', connected],
      // A Command Reject, and an LE Credit Based Connection Response that refuses the SPSM.
      [1, '<', acl('0600 0500 01 07 0200 0000')],
      [2, '<', acl('0e00 0500 15 08 0a00 0000 0000 0000 0000 0200')],
      [3, '>', acl('0600 0500 13 09 0200 0000')],
    );
    expect(errors.map(({ what }) => what)).toEqual([
      'L2CAP Command Reject: 0x0000 (from the peer)',
      'L2CAP LE Credit Based Connection Response: 0x0002 (from the peer)',
    ]);
  });

  it('tell the interval of an advertiser by its lower quartile, and the longest silences', () => {
    const reports = [0, 0.1, 0.2, 0.3, 0.5, 0.6, 20].map((at) => [at, '<', named('x', -60)] as const);
    const { advertisers, silences } = statisticsOf(...reports);
    expect(advertisers[0]).toMatchObject({ reports: 7, rssi: { min: -60, mean: -60, max: -60 }, name: 'x' });
    expect(advertisers[0]!.intervalMs).toBeCloseTo(100, 3);
    expect(silences[0]!.seconds).toBeCloseTo(19.4, 6);
  });

  it('keep a time that went back from making negative times', () => {
    const { capture, perSecond } = statisticsOf([10, '>', '01 030c 00'], [5, '<', '04 0e 04 01 030c 00']);
    expect(capture.seconds).toBe(0);
    expect(perSecond.entries).toHaveLength(1);
  });

  it('are empty for an empty capture, as text and as a page', () => {
    const statistics = new StatisticsCollector().result();
    expect(statistics.capture).toMatchObject({ records: 0, begin: undefined, seconds: 0 });
    expect(reportText(statistics, (text) => text)[0]).toBe('0 records in 0.00 s');
    expect(reportPage(statistics, 'nothing')).toContain('There are no packets.');
  });

  it('have bounds: advertisers, the sequence and the steps of time', () => {
    const collector = new StatisticsCollector();
    collector.add(hciRecord(0, false, 4, fromHex(connected.replaceAll(' ', '')).subarray(1)));
    for (let i = 0; i < 4000; i++) {
      const report = fromHex(named('x', -60).replaceAll(' ', '')).subarray(1);
      report[6] = i & 0xff;
      report[7] = i >> 8;
      collector.add(hciRecord(i * SECOND, false, 4, report));
      collector.add(hciRecord(i * SECOND, true, 2, fromHex(att('0a 1200').replaceAll(' ', '')).subarray(1)));
    }
    const { advertisers, sequence, perSecond, leftOut } = collector.result();
    expect(advertisers).toHaveLength(2000);
    expect(sequence).toHaveLength(3000);
    expect(perSecond.width).toBe(4);
    expect(perSecond.entries.length).toBeLessThanOrEqual(1200);
    expect(leftOut).toEqual([
      'left out: 2000 reports of advertisers beyond the first 2000',
      'left out: 1000 ATT and SMP packets in the sequence',
    ]);
  });
});

describe('the page', () => {
  it('shows names from the air as text, whatever is in them', () => {
    const evil = '</script><script>alert(1)';
    const page = reportPage(statisticsOf([0, '<', named(evil, -50)]), '<b>"x"\u001b[31m.btsnoop');
    expect(page).not.toContain(evil);
    expect(page).not.toContain('<b>');
    expect(page).not.toContain('\u001b');
    expect(page).toContain('&#60;/script&#62;');
  });

  it('is not permitted to load anything', () => {
    const page = reportPage(statisticsOf([0, '<', connected]), 'x');
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(/(src|href)=|url\(|@import|https?:/);
  });

  it('escapes what would turn the direction of writing', () => {
    expect(escapeHtml('a\u202eb&"\'')).toBe('a\ufffdb&#38;&#34;&#39;');
  });
});

describe('bounded sums', () => {
  it('become coarser, and lose nothing', () => {
    const buckets = new Buckets(1, 4);
    for (let at = 0; at < 100; at++) buckets.add(at, 0, 1);
    expect(buckets.width).toBe(32);
    expect(buckets.entries.map(([sum]) => sum)).toEqual([32, 32, 32, 4]);
  });

  it('have quantiles of as many values as one likes', () => {
    const sample = new Sample(100);
    for (let i = 0; i < 10_000; i++) sample.add(i);
    expect(sample.count).toBe(10_000);
    expect(sample.max).toBe(9999);
    expect(Math.abs(sample.quantile(0.5)! - 5000)).toBeLessThan(300);
    expect(new Sample().quantile(0.5)).toBeUndefined();
  });

  it('marks axes at round numbers', () => {
    expect(ticks(0, 205)).toEqual([0, 50, 100, 150, 200]);
    expect(ticks(-80, -30)).toEqual([-80, -70, -60, -50, -40, -30]);
    expect(ticks(5, 5)).toEqual([5]);
  });
});
