import { expect, it } from 'vitest';
import type { CreditChannel } from '../../src/l2cap/index.js';
import { describeWithShared } from '../support/shared.js';
import { advertise, arrives, connect, gone, play } from './emulated.js';

/** Octets of the captured program: `step` more each. */
const ramp = (count: number, step: number) => Uint8Array.from({ length: count }, (_, i) => (i * step) & 255);
/** The lengths of the SDUs that each side sends. */
const fromCentral = [1, 62, 63, 200, 512];
const fromPeripheral = [5, 300, 600];

/** Reads so many SDUs. */
async function take(channel: CreditChannel, count: number): Promise<Uint8Array[]> {
  const sdus: Uint8Array[] = [];
  for await (const sdu of channel) if (sdus.push(sdu) === count) break;
  return sdus;
}

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
