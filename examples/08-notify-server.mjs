// A server that notifies a battery level every second, to whoever subscribes.
//   node examples/08-notify-server.mjs [port]
import { Bluetooth } from 'bluewire';
import { start } from './support.mjs';

export async function main({ options, print, alarm }) {
  let battery = 100;
  let update_alarm;

  function update_handler() {
    battery -= 1;
    if (battery === 1) {
      battery = 100;
    }
    chr1.value(String(battery));
  }

  function stop_updates() {
    update_alarm?.cancel();
    update_alarm = undefined;
  }

  function conn_cb(bt_o) {
    const events = bt_o.events();
    if (events & Bluetooth.CLIENT_CONNECTED) {
      print('client connected');
    } else if (events & Bluetooth.CLIENT_DISCONNECTED) {
      print('client disconnected');
      stop_updates();
    }
  }

  function chr1_handler(chr, [events]) {
    print('events: ', events);
    if (events & (Bluetooth.CHAR_READ_EVENT | Bluetooth.CHAR_SUBSCRIBE_EVENT)) {
      chr.value(String(battery));
      print('transmitted :', battery);
      if (events & Bluetooth.CHAR_SUBSCRIBE_EVENT) {
        stop_updates();
        if (chr.config() & Bluetooth.CHAR_CONFIG_NOTIFY) {
          update_alarm = alarm(update_handler, 1);
        }
      }
    }
  }

  const bluetooth = new Bluetooth(options);
  await bluetooth.set_advertisement({ name: 'FiPy 45', manufacturer_data: 'Pycom', service_uuid: 0xec00 });

  bluetooth.callback({
    trigger: Bluetooth.CLIENT_CONNECTED | Bluetooth.CLIENT_DISCONNECTED,
    handler: conn_cb,
  });
  await bluetooth.advertise(true);

  const srv1 = bluetooth.service({ uuid: 0xec00, isprimary: true, nbr_chars: 1 });

  const chr1 = srv1.characteristic({ uuid: 0xec0e, value: 'read_from_here' }); // client reads from here

  chr1.callback({
    trigger: Bluetooth.CHAR_READ_EVENT | Bluetooth.CHAR_SUBSCRIBE_EVENT,
    handler: chr1_handler,
  });
  print('Start BLE service');
}

await start(import.meta.url, main, { stay: true });
