// The quick example: finds a heart rate sensor, and reads all that it lets be read.
//   node examples/01-heart-rate.mjs [port]
import { Bluetooth } from 'bluewire';
import { hex, show, start } from './support.mjs';

export async function main({ options, print, sleep }) {
  const bt = new Bluetooth(options);
  bt.start_scan(-1);

  while (true) {
    const adv = bt.get_adv();
    if (adv && bt.resolve_adv_data(adv.data, Bluetooth.ADV_NAME_CMPL) === 'Heart Rate') {
      try {
        const conn = await bt.connect(adv.mac);
        const services = await conn.services();
        for (const service of services) {
          await sleep(50);
          if (service.uuid() instanceof Uint8Array) {
            print(`Reading chars from service = ${show(service.uuid())}`);
          } else {
            print(`Reading chars from service = ${hex(service.uuid())}`);
          }
          const chars = await service.characteristics();
          for (const char of chars) {
            if (char.properties() & Bluetooth.PROP_READ) {
              print(`char ${show(char.uuid())} value = ${show(await char.read())}`);
            }
          }
        }
        await conn.disconnect();
        break;
      } catch {
        print('Error while connecting or reading from the BLE device');
        break;
      }
    } else {
      await sleep(50);
    }
  }
}

await start(import.meta.url, main);
