// Advertises "LoPy", and tells who connects and who leaves.
//   node examples/03-events.mjs [port]
import { Bluetooth } from 'bluewire';
import { start } from './support.mjs';

export async function main({ options, print }) {
  const bluetooth = new Bluetooth(options);
  await bluetooth.set_advertisement({ name: 'LoPy', service_uuid: '1234567890123456' });

  function conn_cb(bt_o) {
    const events = bt_o.events(); // this method returns the flags and clears the internal registry
    if (events & Bluetooth.CLIENT_CONNECTED) {
      print('Client connected');
    } else if (events & Bluetooth.CLIENT_DISCONNECTED) {
      print('Client disconnected');
    }
  }

  bluetooth.callback({
    trigger: Bluetooth.CLIENT_CONNECTED | Bluetooth.CLIENT_DISCONNECTED,
    handler: conn_cb,
  });

  await bluetooth.advertise(true);
}

await start(import.meta.url, main, { stay: true });
