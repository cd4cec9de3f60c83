import { describe, expect, it } from 'vitest';
import { airtime, octetsInTime, Phy, T_IFS } from '../../../src/virtual/air/airtime.js';
import { PathLoss, type Radio } from '../../../src/virtual/air/propagation.js';

const radio = (x: number, txPower = 0): Radio => ({
  name: `at ${x}`,
  position: { x, y: 0, z: 0 },
  txPower,
  sensitivity: -95,
});

describe('the time on the air', () => {
  it('is 80 µs for an empty PDU on LE 1M, 44 µs on LE 2M (Vol 6, Part B, 2.1)', () => {
    expect(airtime(0, Phy.le1M)).toBe(80);
    expect(airtime(0, Phy.le2M)).toBe(44);
  });

  it('is 176 µs for SCAN_REQ and 352 µs for CONNECT_IND (Vol 6, Part B, 2.3.2.1 and 2.3.3.1)', () => {
    expect(airtime(12, Phy.le1M)).toBe(176);
    expect(airtime(34, Phy.le1M)).toBe(352);
  });

  it('makes an exchange of 251 octets against none 2468 µs long on LE 1M, 1392 µs on LE 2M', () => {
    const exchange = (phy: number) => airtime(251, phy) + T_IFS + airtime(0, phy) + T_IFS;
    expect(exchange(Phy.le1M)).toBe(2468);
    expect(exchange(Phy.le2M)).toBe(1392);
  });

  it('leaves room for a MIC in what fits into a time (Vol 6, Part B, 4.5.10)', () => {
    expect(octetsInTime(328, Phy.le1M)).toBe(27);
    expect(octetsInTime(2120, Phy.le1M)).toBe(251);
    expect(octetsInTime(1064, Phy.le2M)).toBe(251);
  });
});

describe('the path loss', () => {
  it('is 40 dB over the first metre and 20 dB more for every tenfold distance', () => {
    const pathLoss = new PathLoss();
    expect(pathLoss.rssi(radio(0), radio(1))).toBe(-40);
    expect(pathLoss.rssi(radio(0), radio(10))).toBe(-60);
    expect(pathLoss.rssi(radio(0, 8), radio(100))).toBe(-72);
  });

  it('counts what is nearer than a metre as a metre', () => {
    expect(new PathLoss().rssi(radio(0), radio(0.1))).toBe(-40);
  });

  it('gives way to a fixed figure for a pair, both ways, until that is taken back', () => {
    const pathLoss = new PathLoss();
    const [a, b] = [radio(0), radio(5)];
    pathLoss.fix(a, b, -77);
    expect(pathLoss.rssi(a, b)).toBe(-77);
    expect(pathLoss.rssi(b, a)).toBe(-77);
    pathLoss.fix(a, b, undefined);
    expect(pathLoss.rssi(a, b)).toBe(-54);
  });

  it('refuses figures that no radio has', () => {
    expect(() => new PathLoss().fix(radio(0), radio(1), -200)).toThrow(/dbm: -200 is not permitted/);
    expect(() => new PathLoss({ exponent: -1 })).toThrow(/exponent/);
  });
});
