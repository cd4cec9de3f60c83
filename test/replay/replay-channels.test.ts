import { expect, it } from 'vitest';
import { BdAddr } from '../../src/core/address.js';
import type { Connection } from '../../src/gap/connection.js';
import { Device } from '../../src/gap/device.js';
import {
  leSetAdvertisingData,
  leSetAdvertisingEnable,
  leSetAdvertisingParameters,
  leSetScanResponseData,
} from '../../src/hci/commands/index.js';
import type { CreditChannel } from '../../src/l2cap/index.js';
import { type DivergenceKind, type Replay, replay } from '../../src/replay/index.js';
import { describeWithShared } from '../support/shared.js';
import { sharedCapture } from './app.js';

/** What these replays permit: the host of the captures brings its controller up in another way. */
const always: readonly DivergenceKind[] = [
  'ignored command',
  'synthesised answer',
  'own parameter',
  'own address',
  'event not asked for',
  'connection parameters',
  'order',
  'fragmentation',
];

/** Octets of the captured program: `step` more each. */
const ramp = (count: number, step: number) => Uint8Array.from({ length: count }, (_, i) => (i * step) & 255);
/** The lengths of the SDUs that each side sends. */
const fromCentral = [1, 62, 63, 200, 512];
const fromPeripheral = [5, 300, 600];

/** Plays a capture at a device that does what `body` says, to its end. */
async function play(capture: string, body: (device: Device, played: Replay) => Promise<void>): Promise<void> {
  const played = replay(sharedCapture(`emulated/${capture}`), { name: capture, permit: always });
  const { clock, random } = played;
  const device = await played.run(Device.open({ transport: played, clock, random }));
  await played.run(body(device, played));
  const report = await played.end();
  await played.run(device.close());
  console.log(`${capture}: ${report}`);
  expect(report.complete).toBe(true);
}

/** The next link of a device, and the next channel on it. */
const arrives = (device: Device) => new Promise<Connection>((resolve) => device.once('connection', resolve));
const gone = (link: Connection) => new Promise<void>((resolve) => link.once('disconnected', () => resolve()));

/** Reads so many SDUs. */
async function take(channel: CreditChannel, count: number): Promise<Uint8Array[]> {
  const sdus: Uint8Array[] = [];
  for await (const sdu of channel) if (sdus.push(sdu) === count) break;
  return sdus;
}

/** Advertises with the commands of the captured host, in its order. */
async function advertise({ host }: Device): Promise<void> {
  const name = Uint8Array.of(7, 0x09, ...new TextEncoder().encode('Bumble'));
  await host.send(leSetAdvertisingData, { advertisingData: name });
  await host.send(leSetScanResponseData, { scanResponseData: new Uint8Array(0) });
  await host.send(leSetAdvertisingParameters, {
    // Less than a controller has to take: so the captured host has it.
    advertisingIntervalMin: 1,
    advertisingIntervalMax: 1600,
    advertisingType: 0,
    ownAddressType: 1,
    peerAddressType: 0,
    peerAddress: BdAddr.zero,
    advertisingChannelMap: 7,
    advertisingFilterPolicy: 0,
  });
  await host.send(leSetAdvertisingEnable, { advertisingEnable: 1 });
}

const connect = (device: Device) => device.connect('F1:F1:F1:F1:F1:F1/random', { exchangeMtu: false });

describeWithShared('captures of channels drive this host, frame for frame', () => {
  it('LE Credit Based, as the one that opens: SDUs both ways, the end, and a refusal', async () => {
    await play('emul-coc-central', async (device) => {
      const link = await connect(device);
      const channel = await link.openChannel(0x81, { mtu: 600, mps: 80, credits: 3 });
      for (const size of fromCentral) await channel.send(ramp(size, 1));
      expect(await take(channel, 3)).toEqual(fromPeripheral.map((size) => ramp(size, 3)));
      await channel.close();
      const refused = link.openChannel(0x99, { mtu: 2048, mps: 2048, credits: 256 });
      await expect(refused).rejects.toMatchObject({ reason: 2 });
      await link.disconnect();
    });
  });

  it('LE Credit Based, as the one that is asked', async () => {
    await play('emul-coc-peripheral', async (device) => {
      const opened = new Promise<CreditChannel>((resolve) =>
        device.listen(resolve, { spsm: 0x81, mtu: 512, mps: 64, credits: 4 }),
      );
      const arrived = arrives(device);
      await advertise(device);
      const link = await arrived;
      const channel = await opened;
      expect(channel).toMatchObject({ mode: 'leCreditBased', mtu: 600, mps: 80 });
      expect(await take(channel, 5)).toEqual(fromCentral.map((size) => ramp(size, 1)));
      for (const size of fromPeripheral) await channel.send(ramp(size, 3));
      expect(await channel.read()).toBeUndefined();
      await gone(link);
    });
  });

  it('Enhanced Credit Based, as the one that opens three at once', async () => {
    await play('emul-ecred-central', async (device) => {
      const link = await connect(device);
      const { channels, result } = await link.openChannels(0x83, 3, { mtu: 256, mps: 100, credits: 256 });
      expect(result).toBe(0);
      await channels[1]!.send(new TextEncoder().encode('hello ecred'));
      for (const channel of channels) await channel.close();
      await link.disconnect();
    });
  });

  it('Enhanced Credit Based, as the one that is asked', async () => {
    await play('emul-ecred-peripheral', async (device) => {
      const channels: CreditChannel[] = [];
      device.listen((channel) => channels.push(channel), { spsm: 0x83, mtu: 256, mps: 100, credits: 256 });
      const arrived = arrives(device);
      await advertise(device);
      await gone(await arrived);
      // The captured program gave no credit back: it read nothing while the channel was there.
      expect(channels.map(({ mode, isOpen }) => [mode, isOpen])).toEqual(
        [0, 1, 2].map(() => ['enhancedCreditBased', false]),
      );
      expect(await channels[1]!.read()).toEqual(new TextEncoder().encode('hello ecred'));
    });
  });
});
