// Writes the characteristics of a device named "LoPy" (07-gatt-server.mjs is one), and reads their descriptors.
//   node examples/06-characteristic.mjs [port]
import { Bluetooth } from 'bluewire';
import { hex, show, start } from './support.mjs';

export async function main({ options, print, sleep }) {
  const bluetooth = new Bluetooth(options);

  bluetooth.start_scan(-1);
  let adv = bluetooth.get_adv();
  while (!adv || bluetooth.resolve_adv_data(adv.data, Bluetooth.ADV_NAME_CMPL) !== 'LoPy') {
    await sleep(10);
    adv = bluetooth.get_adv();
  }

  const connection = await bluetooth.connect(adv.mac);
  for (const service of await connection.services()) {
    for (const char of await service.characteristics()) {
      print(`Characteristic: ${show(char.uuid())}`);

      if (char.properties() & Bluetooth.PROP_WRITE) {
        await char.write('x0f');
      }

      let descriptor = await char.read_descriptor(0x2900);
      if (descriptor !== null) {
        print(`Characteristic Extended Properties: ${hex(descriptor)}`);
      }

      descriptor = await char.read_descriptor(0x2901);
      if (descriptor !== null) {
        print(`Characteristic User Description: ${hex(descriptor)}`);
      }

      descriptor = await char.read_descriptor(0x2902);
      if (descriptor !== null) {
        print(`Client Characteristic Configuration: ${hex(descriptor)}`);
      }

      descriptor = await char.read_descriptor(0x2904);
      if (descriptor !== null) {
        print(`Characteristic Presentation Format: ${hex(descriptor)}`);
      }
    }
  }
  await connection.disconnect();
}

await start(import.meta.url, main);
