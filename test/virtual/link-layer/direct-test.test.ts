import { describe, expect, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import { frequency } from '../../../src/virtual/air/channels.js';
import { bluetooth40Personality } from '../../../src/virtual/index.js';
import { channelOf, packetInterval } from '../../../src/virtual/link-layer/direct-test.js';
import { advertise, World } from '../world.js';

const DISALLOWED = 0x0c;
const transmitter = { txChannel: 17, testDataLength: 37, packetPayload: 0 };

describe('test packets', () => {
  it.each([
    [0, 1, 625],
    [37, 1, 625],
    [38, 1, 1250],
    [255, 1, 2500],
    [255, 2, 1875],
    [255, 3, 17500],
    [255, 4, 5000],
  ])('of %i octets on PHY %i come every %i µs (Vol 6, Part F, 4.1.6)', (length, phy, interval) => {
    expect(packetInterval(length, phy)).toBe(interval);
  });

  it('go out on the RF channel that they are told: 2402 MHz and 2 MHz each (Vol 6, Part F, 3.3)', () => {
    for (let rf = 0; rf < 40; rf++) expect(frequency(channelOf(rf))).toBe(2402 + 2 * rf);
  });
});

describe('direct test mode', () => {
  it('counts what another controller sends on the same channel (Vol 4, Part E, 7.8.28 to 7.8.30)', async () => {
    const world = new World();
    const sender = await world.controller();
    const near = await world.controller();
    const elsewhere = await world.controller();
    await near.hci.command(commands.leReceiverTestV1, { rxChannel: 17 });
    await elsewhere.hci.command(commands.leReceiverTestV1, { rxChannel: 18 });
    await sender.hci.command(commands.leTransmitterTestV1, transmitter);
    await world.clock.advance(1000);
    expect(await sender.hci.command(commands.leTestEnd, {})).toMatchObject({ numPackets: 0 });
    const { numPackets } = await near.hci.command(commands.leTestEnd, {});
    expect(numPackets).toBeGreaterThanOrEqual(1599);
    expect(numPackets).toBeLessThanOrEqual(1601);
    expect(await elsewhere.hci.command(commands.leTestEnd, {})).toMatchObject({ numPackets: 0 });
    expect(world.clock.pending).toBe(0);
  });

  it('counts nothing of another PHY, or of a sender out of reach', async () => {
    const world = new World();
    const sender = await world.controller();
    const one = await world.controller();
    const two = await world.controller();
    world.pathLoss.fix(sender.controller, two.controller, -120);
    await one.hci.command(commands.leReceiverTestV2, { rxChannel: 17, phy: 1, modulationIndex: 0 });
    await two.hci.command(commands.leReceiverTestV2, { rxChannel: 17, phy: 2, modulationIndex: 0 });
    await sender.hci.command(commands.leTransmitterTestV2, { ...transmitter, phy: 2 });
    await world.clock.advance(100);
    expect(await one.hci.command(commands.leTestEnd, {})).toMatchObject({ numPackets: 0 });
    expect(await two.hci.command(commands.leTestEnd, {})).toMatchObject({ numPackets: 0 });
  });

  it('is refused with wrong parameters, and while something else is on the air (0x0C)', async () => {
    const { hci } = await new World().controller();
    await hci.refused(commands.leReceiverTestV1, { rxChannel: 40 }, 0x12);
    await hci.refused(commands.leTransmitterTestV1, { ...transmitter, packetPayload: 8 }, 0x12);
    await hci.refused(commands.leReceiverTestV2, { rxChannel: 1, phy: 4, modulationIndex: 0 }, 0x12);
    await hci.refused(commands.leReceiverTestV2, { rxChannel: 1, phy: 1, modulationIndex: 1 }, 0x11);
    await hci.refused(commands.leTestEnd, {}, DISALLOWED);
    await hci.command(commands.leReceiverTestV1, { rxChannel: 1 });
    await hci.refused(commands.leTransmitterTestV1, transmitter, DISALLOWED);
    await hci.command(commands.reset, {});
    await hci.refused(commands.leTestEnd, {}, DISALLOWED);
    await advertise(hci);
    await hci.refused(commands.leReceiverTestV1, { rxChannel: 1 }, DISALLOWED);
  });

  it('has but LE 1M on a Bluetooth 4.0 dongle', async () => {
    const { hci } = await new World().controller(bluetooth40Personality);
    await hci.command(commands.leTransmitterTestV1, transmitter);
    await hci.command(commands.leTestEnd, {});
    await hci.send(Uint8Array.of(1, 0x33, 0x20, 3, 1, 1, 0));
    expect(hci.received.shift()!.at(-1)).toBe(0x01);
  });
});
