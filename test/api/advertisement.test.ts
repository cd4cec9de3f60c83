import { describe, expect, it } from 'vitest';
import { type Advertisement, AdvertisementFifo } from '../../src/api/advertisement.js';
import { AdvertisementMerger, toAdvertisement } from '../../src/api/merger.js';
import { concatBytes, fromHex, SimulatedClock, toHex } from '../../src/core/index.js';
import { AdvertisingReport } from '../../src/hci/advertising-report.js';

function report(type: number, last: number, data: string, rssi = -40): AdvertisingReport {
  const bytes = fromHex(data);
  const address = Uint8Array.of(last, 2, 3, 4, 5, 0xc6);
  const octets = concatBytes(
    Uint8Array.of(type, 1),
    address,
    Uint8Array.of(bytes.length),
    bytes,
    Uint8Array.of(rssi & 0xff),
  );
  return AdvertisingReport.copy(octets, 0, octets.length, false);
}

const IND = 0;
const DIRECT = 1;
const SCAN_IND = 2;
const NONCONN = 3;
const RSP = 4;
const some = (n: number) => toAdvertisement(report(IND, n, '020106'));

describe('the advertisement tuple', () => {
  it('has five names, and can be taken apart in their order', () => {
    const adv = toAdvertisement(report(IND, 1, '020106', -70));
    expect(toHex(adv.mac)).toBe('c60504030201');
    const [mac, addr_type, adv_type, rssi, data] = adv;
    expect([mac, addr_type, adv_type, rssi, data]).toEqual([adv.mac, 1, 0, -70, adv.data]);
    expect([...adv]).toHaveLength(5);
  });

  it('fills the data up with zeros to 31 octets', () => {
    const { data } = some(1);
    expect(toHex(data)).toBe(`020106${'00'.repeat(28)}`);
  });

  it('does not mask the type: a scan response alone is SCAN_RSP', () => {
    expect(toAdvertisement(report(RSP, 1, '')).adv_type).toBe(4);
  });

  it('prints as one line', () => {
    expect(String(some(1))).toMatch(
      /^\(mac=c60504030201, addr_type=1, adv_type=0, rssi=-40, data=020106(00)+\)$/,
    );
  });
});

describe('the FIFO', () => {
  it('gives the oldest first and null when it is empty', () => {
    const fifo = new AdvertisementFifo(16);
    const [a, b] = [some(1), some(2)];
    fifo.push(a);
    fifo.push(b);
    expect([fifo.take(), fifo.take(), fifo.take()]).toEqual([a, b, null]);
  });

  it('drops the newest when it is full, and counts it', () => {
    const fifo = new AdvertisementFifo(16);
    const all = Array.from({ length: 20 }, (_, i) => some(i));
    for (const one of all) fifo.push(one);
    expect(fifo.dropped).toBe(4);
    expect(fifo.takeAll()).toEqual(all.slice(0, 16));
    expect(fifo.size).toBe(0);
  });

  it('keeps its order over many turns', () => {
    const fifo = new AdvertisementFifo(1000);
    const all = Array.from({ length: 300 }, (_, i) => some(i & 0xff));
    for (const one of all) fifo.push(one);
    for (const one of all) expect(fifo.take()).toBe(one);
    expect(fifo.take()).toBeNull();
  });
});

describe('merging advertisement and scan response', () => {
  const setUp = () => {
    const clock = new SimulatedClock();
    const delivered: Advertisement[] = [];
    const merger = new AdvertisementMerger(clock, (adv) => delivered.push(adv));
    return { clock, delivered, merger };
  };
  const data = (adv: Advertisement | undefined) => toHex(adv!.data).replace(/(00)+$/, '');

  it('delivers one record when the response comes: both data, the advertisement’s own type', () => {
    const { delivered, merger } = setUp();
    for (const type of [IND, SCAN_IND]) {
      merger.add(report(type, 1, '020106'));
      expect(delivered).toHaveLength(0);
      merger.add(report(RSP, 1, '03ff4c00', -20));
      const adv = delivered.pop();
      expect(data(adv)).toBe('02010603ff4c');
      expect(adv?.adv_type).toBe(type);
      expect(adv?.rssi).toBe(-40);
    }
  });

  it('gives up to 62 octets, without the zeros that filled the first part up', () => {
    const { delivered, merger } = setUp();
    merger.add(report(IND, 1, `1e09${'61'.repeat(29)}`));
    merger.add(report(RSP, 1, `1eff${'62'.repeat(29)}`));
    expect(delivered.pop()?.data).toHaveLength(62);
    merger.add(report(IND, 1, `020106${'00'.repeat(28)}`));
    merger.add(report(RSP, 1, '0209610000'));
    expect(data(delivered.pop())).toBe('020106020961');
  });

  it('delivers at once what answers no scan request', () => {
    const { delivered, merger } = setUp();
    merger.add(report(NONCONN, 1, ''));
    merger.add(report(DIRECT, 2, ''));
    expect(delivered.map(({ adv_type }) => adv_type)).toEqual([3, 1]);
  });

  it('delivers an advertisement alone at the device’s next one', () => {
    const { delivered, merger } = setUp();
    merger.add(report(IND, 1, '020101'));
    merger.add(report(IND, 1, '020102'));
    expect(delivered.map(data)).toEqual(['020101']);
    merger.add(report(RSP, 1, '020161'));
    expect(data(delivered[1])).toBe('020102020161');
  });

  it('delivers an advertisement alone after 100 ms, each in its own time', async () => {
    const { clock, delivered, merger } = setUp();
    merger.add(report(IND, 1, '020101'));
    await clock.advance(60);
    merger.add(report(IND, 2, '020102'));
    await clock.advance(39);
    expect(delivered).toHaveLength(0);
    await clock.advance(1);
    expect(delivered.map(data)).toEqual(['020101']);
    await clock.advance(59);
    expect(delivered).toHaveLength(1);
    await clock.advance(1);
    expect(delivered.map(data)).toEqual(['020101', '020102']);
    expect(clock.pending).toBe(0);
  });

  it('keeps devices apart, and the same address of another type as well', () => {
    const { delivered, merger } = setUp();
    merger.add(report(IND, 1, '020101'));
    merger.add(report(IND, 2, '020102'));
    merger.add(report(RSP, 2, '020162'));
    merger.add(report(RSP, 1, '020161'));
    expect(delivered.map(data)).toEqual(['020102020162', '020101020161']);
  });

  it('delivers a response that comes too late by itself', async () => {
    const { clock, delivered, merger } = setUp();
    merger.add(report(IND, 1, '020101'));
    await clock.advance(100);
    merger.add(report(RSP, 1, '020161'));
    expect(delivered.map(({ adv_type }) => adv_type)).toEqual([0, 4]);
  });

  it('delivers what waits when the scan ends, and leaves no timer', () => {
    const { clock, delivered, merger } = setUp();
    merger.add(report(IND, 1, '020101'));
    merger.flush();
    expect(delivered).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('holds back no more than 1024 devices', () => {
    const { delivered, merger } = setUp();
    for (let i = 0; i < 1030; i++) {
      const octets = Uint8Array.of(IND, 1, i & 0xff, i >> 8, 3, 4, 5, 0xc6, 0, 0xd8);
      merger.add(AdvertisingReport.copy(octets, 0, octets.length, false));
    }
    expect(delivered).toHaveLength(6);
    merger.clear();
  });
});
