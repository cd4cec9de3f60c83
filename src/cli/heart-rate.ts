import { Bluetooth } from '../api/index.js';

/** What a {@link heartRate} needs beside the radio. */
export interface HeartRateContext {
  /** Waits so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** A service was found. UUIDs are numbers, or 16 octets, least significant first. */
  readonly service: (uuid: number | Uint8Array) => Promise<void>;
  /** A characteristic of it was read. */
  readonly characteristic: (uuid: number | Uint8Array, value: Uint8Array) => Promise<void>;
}

/**
 * The quick example of the Pycom API, as `examples/01-heart-rate.mjs` has it line by line: finds the first device whose
 * complete name is `Heart Rate`, connects, and reads every characteristic that lets itself be read. What fails is thrown.
 */
export async function heartRate(bt: Bluetooth, context: HeartRateContext): Promise<void> {
  const { sleep } = context;
  bt.start_scan(-1);
  while (true) {
    const adv = bt.get_adv();
    if (adv && bt.resolve_adv_data(adv.data, Bluetooth.ADV_NAME_CMPL) === 'Heart Rate') {
      const conn = await bt.connect(adv.mac);
      for (const service of await conn.services()) {
        await sleep(50);
        await context.service(service.uuid());
        for (const char of await service.characteristics()) {
          if (char.properties() & Bluetooth.PROP_READ) {
            await context.characteristic(char.uuid(), await char.read());
          }
        }
      }
      await conn.disconnect();
      return;
    }
    if (!adv) await sleep(50);
  }
}
