// Scans for 20 seconds, and prints the name and the manufacturer data of all that is around.
//   node examples/02-scan.mjs [port]
import { Bluetooth } from 'bluewire';
import { hex, start } from './support.mjs';

export async function main({ options, print, sleep }) {
  const bluetooth = new Bluetooth(options);

  bluetooth.start_scan(20);
  while (bluetooth.isscanning()) {
    const adv = bluetooth.get_adv();
    if (adv) {
      // try to get the complete name
      print(bluetooth.resolve_adv_data(adv.data, Bluetooth.ADV_NAME_CMPL));

      const mfg_data = bluetooth.resolve_adv_data(adv.data, Bluetooth.ADV_MANUFACTURER_DATA);

      if (mfg_data) {
        // try to get the manufacturer data (Apple's iBeacon data is sent here)
        print(hex(mfg_data));
      }
    } else {
      // what a loop without this would never let happen: that something arrives
      await sleep(10);
    }
  }
}

await start(import.meta.url, main);
