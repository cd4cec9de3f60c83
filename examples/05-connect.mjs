// Connects to the first device that lets us, and prints its services.
//   node examples/05-connect.mjs [port]
import { Bluetooth } from 'bluewire';
import { hex, show, start } from './support.mjs';

export async function main({ options, print, sleep }) {
  const bluetooth = new Bluetooth(options);

  // scan until we can connect to any BLE device around
  bluetooth.start_scan(-1);
  let adv = null;
  let connection;
  while (true) {
    adv = bluetooth.get_adv();
    if (adv) {
      try {
        connection = await bluetooth.connect(adv.mac);
      } catch {
        // start scanning again
        bluetooth.start_scan(-1);
        continue;
      }
      break;
    }
    await sleep(10);
  }
  print(`Connected to device with addr = ${hex(adv.mac)}`);

  const services = await connection.services();
  print(services);
  for (const service of services) {
    print(show(service.uuid()));
  }
  await connection.disconnect();
}

await start(import.meta.url, main);
