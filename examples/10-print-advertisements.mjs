// Prints what comes, for ever: Ctrl-C ends it.
//   node examples/10-print-advertisements.mjs [port]
import { Bluetooth } from 'bluewire';
import { start } from './support.mjs';

export async function main({ options, print, sleep }) {
  const bluetooth = new Bluetooth(options);
  bluetooth.start_scan(-1); // start scanning with no timeout

  while (true) {
    print(bluetooth.get_adv());
    await sleep(10);
  }
}

await start(import.meta.url, main);
