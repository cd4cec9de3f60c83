// The client of 08-notify-server.mjs: prints each battery level that it is told.
//   node examples/09-notify-client.mjs [port]
import { Bluetooth } from 'bluewire';
import { hex, show, start } from './support.mjs';

export async function main({ options, print, sleep }) {
  function char_notify_callback(char, _arg) {
    const char_value = char.value();
    print(`New value: ${show(char_value)}`);
  }

  const bt = new Bluetooth(options);
  print('Start scanning for BLE services');
  bt.start_scan(-1);

  let conn;
  while (!conn) {
    const adv = bt.get_adv();
    if (adv && bt.resolve_adv_data(adv.data, Bluetooth.ADV_NAME_CMPL) === 'FiPy 45') {
      conn = await bt.connect(adv.mac);
    } else {
      await sleep(10);
    }
  }
  print('Connected to FiPy 45');

  for (const service of await conn.services()) {
    for (const char of await service.characteristics()) {
      const c_uuid = char.uuid();
      if (c_uuid === 0xec0e && char.properties() & Bluetooth.PROP_NOTIFY) {
        await char.callback({ trigger: Bluetooth.CHAR_NOTIFY_EVENT, handler: char_notify_callback });
        print(hex(c_uuid));
      }
    }
  }
}

await start(import.meta.url, main, { stay: true });
