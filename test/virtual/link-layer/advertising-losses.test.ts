import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  leConnectionComplete,
  lePeriodicAdvertisingReportV1,
  lePeriodicAdvertisingSyncEstablishedV1,
} from '../../../src/hci/events/index.js';
import { Conditions } from '../../../src/virtual/air/conditions.js';
import {
  advertiseExtended,
  createExtended,
  enable,
  extendedReports,
  reassemble,
  scanExtended,
  setParameters,
} from '../extended.js';
import { World } from '../world.js';

const pattern = Uint8Array.from({ length: 700 }, (_, i) => (i * 13 + (i >> 8)) & 0xff);

describe('extended advertising where packets are lost', () => {
  it.each([0.1, 0.4])(
    'brings data whole or says that it is cut short (loss %d; Vol 4, Part E, 7.7.65.13)',
    async (loss) => {
      const world = new World(3, new Conditions({ seed: 5, loss }));
      const advertiser = await world.controller();
      const scanner = await world.controller();
      await scanExtended(scanner.hci);
      await advertiseExtended(advertiser.hci, {}, pattern);
      await world.clock.advance(20_000);
      const reports = extendedReports(scanner.hci);
      const ends = reports.map(({ eventType }) => eventType >> 5).filter((status) => status !== 1);
      expect(ends).toContain(0);
      expect(ends).toContain(2);
      const whole = reassemble(reports);
      expect(whole).toHaveLength(ends.filter((status) => status === 0).length);
      for (const data of whole) expect(data).toEqual(pattern);
      // Every report that announced more was followed by some, or by the word that there is none.
      expect(reports.at(-1)!.eventType >> 5).not.toBe(1);
    },
  );

  it('asks again for scan responses that did not come (Vol 6, Part B, 4.4.3.2)', async () => {
    const world = new World(3, new Conditions({ seed: 6, loss: 0.3 }));
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await scanExtended(scanner.hci, { active: true });
    await advertiseExtended(advertiser.hci, { advertisingEventProperties: 2 }, undefined, pattern);
    await world.clock.advance(60_000);
    const whole = reassemble(extendedReports(scanner.hci).filter(({ eventType }) => eventType & 8));
    expect(whole.length).toBeGreaterThan(3);
    for (const data of whole) expect(data).toEqual(pattern);
  });

  it('connects in the end, and to one end only when the AUX_CONNECT_RSP is lost: 0x3E (Vol 6, Part B, 4.5.2)', async () => {
    const statuses: number[] = [];
    let connected = 0;
    for (let seed = 0; seed < 12; seed++) {
      const world = new World(seed, new Conditions({ seed, loss: 0.4 }));
      const peripheral = await world.controller();
      const central = await world.controller();
      const { address } = peripheral.controller;
      const request = createExtended(address);
      await central.hci.command(commands.leExtendedCreateConnectionV1, request);
      await advertiseExtended(peripheral.hci, { advertisingEventProperties: 1 });
      await world.clock.advance(5000);
      const theirs = peripheral.hci.all(leConnectionComplete).length;
      const ours = central.hci.all(leConnectionComplete).length;
      expect(ours).toBeLessThanOrEqual(theirs);
      connected += ours;
      // Disconnection Complete with the reason 0x3E at the end that is alone.
      for (const packet of peripheral.hci.received) if (packet[1] === 0x05) statuses.push(packet.at(-1)!);
      world.air.close();
      expect(world.clock.pending).toBe(0);
    }
    expect(connected).toBeGreaterThan(3);
    expect(statuses).toContain(0x3e);
  });

  it('receives trains as far as they come, and never what was not sent', async () => {
    const world = new World(3, new Conditions({ seed: 7, loss: 0.2 }));
    const advertiser = await world.controller();
    const scanner = await world.controller();
    const { hci } = advertiser;
    await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters());
    await hci.command(commands.leSetPeriodicAdvertisingParametersV1, {
      advertisingHandle: 0,
      periodicAdvertisingIntervalMin: 40,
      periodicAdvertisingIntervalMax: 40,
      periodicAdvertisingProperties: 0,
    });
    for (let at = 0; at < 700; at += 250) {
      await hci.command(commands.leSetPeriodicAdvertisingData, {
        advertisingHandle: 0,
        operation: at === 0 ? 1 : at + 250 >= 700 ? 2 : 0,
        advertisingData: pattern.subarray(at, at + 250),
      });
    }
    await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle: 0 });
    await enable(hci);
    await scanExtended(scanner.hci);
    await scanner.hci.command(commands.lePeriodicAdvertisingCreateSync, {
      options: 0,
      advertisingSid: 0,
      advertiserAddressType: 0,
      advertiserAddress: advertiser.controller.address,
      skip: 0,
      syncTimeout: 1000,
      syncCteType: 0,
    });
    await scanner.hci.eventually(lePeriodicAdvertisingSyncEstablishedV1, { status: 0 });
    await world.clock.advance(10_000);
    let parts: Uint8Array[] = [];
    const ends: number[] = [];
    for (const { data, dataStatus } of scanner.hci.all(lePeriodicAdvertisingReportV1)) {
      parts.push(data);
      if (dataStatus === 1) continue;
      ends.push(dataStatus);
      if (dataStatus === 0) expect(concatBytes(...parts)).toEqual(pattern);
      parts = [];
    }
    expect(ends.filter((status) => status === 0).length).toBeGreaterThan(60);
    expect(ends).toContain(2);
  });
});
