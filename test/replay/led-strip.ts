import { expect } from 'vitest';
import { fromHex } from '../../src/core/hex.js';
import type { Device } from '../../src/gap/device.js';
import type { Scan } from '../../src/gap/scanning/scan.js';
import type { ScanOptions } from '../../src/gap/scanning/scan-options.js';
import type { Replay } from '../../src/replay/index.js';

/** Scans as a phone does: for a moment, and then in earnest. */
export async function scanTwice(device: Device, ...how: readonly [ScanOptions, ScanOptions]): Promise<Scan> {
  const first = await device.startScan({ ...how[0], onReport: () => {} });
  await first.stop();
  return device.startScan({ ...how[1], onReport: () => {} });
}

/** The calls that make a device do what the phone of capture 01 did. */
export async function useLedStrip(
  device: Device,
  played: Pick<Replay, 'reached'>,
  listen: (value: Uint8Array) => void = () => {},
): Promise<void> {
  let scan = await scanTwice(
    device,
    { intervalMs: 11.25, windowMs: 11.25 },
    { intervalMs: 5000, windowMs: 5000 },
  );
  await played.reached(139);
  const link = await device.connect('1A:B9:3A:2D:5E:63/public', {
    exchangeMtu: false,
    scanIntervalMs: 60,
    scanWindowMs: 30,
  });
  const services = await link.gatt.discoverAll();
  const characteristic = (uuid: string) => {
    const all = services.flatMap(({ characteristics }) => characteristics);
    return all.find((one) => one.uuid.toShortString() === uuid)!;
  };
  const light = characteristic('d44bc439-abfd-45a2-b575-925416129600');
  const update = characteristic('ae01');
  await characteristic('d44bc439-abfd-45a2-b575-925416129601').subscribe(listen);
  await characteristic('ae02').subscribe(listen);
  await link.gatt.exchangeMtu();
  expect(new TextDecoder().decode(await light.descriptors[0]!.read())).toBe('TR2211R005-01\0');
  const write = async (frame: number, to: typeof light, value: string) => {
    await played.reached(frame);
    await to.writeWithoutResponse(fromHex(value));
  };
  await write(259, light, '077a650a8343b76711dcef3c22807a47');
  await write(261, update, '0019acff8e90c46892529bf1862518b098');
  await write(264, light, '263a91cc5f1bf003ce437b733478ada2');
  await write(266, update, '0064c98f9844055da831a1ff80574bc45b');
  await write(270, light, 'd12e61ad95a00bd3c56bee6f9cb545fe');
  await write(273, light, '18c59b941343e187299139e72516d7b6');
  await played.reached(276);
  await scan.stop();
  await played.reached(281);
  scan = await scanTwice(device, { intervalMs: 5000, windowMs: 500 }, { intervalMs: 5000, windowMs: 5000 });
  await write(293, update, '0019acff8e90c46892529bf1862518b098');
  await write(295, update, '0064c98f9844055da831a1ff80574bc45b');
  await write(299, light, '79d1dba40919c246a8580ae7d11b7884');
}
