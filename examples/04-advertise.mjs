// Advertises a name, and manufacturer data with it.
//   node examples/04-advertise.mjs [port]
import { Bluetooth } from 'bluewire';
import { start } from './support.mjs';

export async function main({ options }) {
  const bluetooth = new Bluetooth(options);
  await bluetooth.set_advertisement({ name: 'advert', manufacturer_data: 'lopy_v1' });
  await bluetooth.advertise(true);
}

await start(import.meta.url, main, { stay: true });
