// A GATT server: two characteristics, whose handlers take the two forms there are.
//   node examples/07-gatt-server.mjs [port]
import { Bluetooth } from 'bluewire';
import { show, start } from './support.mjs';

export async function main({ options, print }) {
  const bluetooth = new Bluetooth(options);
  await bluetooth.set_advertisement({ name: 'LoPy', service_uuid: '1234567890123456' });

  function conn_cb(bt_o) {
    const events = bt_o.events();
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

  const srv1 = bluetooth.service({ uuid: '1234567890123456', isprimary: true });

  const chr1 = srv1.characteristic({ uuid: 'ab34567890123456', value: 5 });

  let char1_read_counter = 0;
  // the form with the event and its value, which lose nothing when events follow each other fast
  function char1_cb_handler(_chr, [events, value]) {
    char1_read_counter += 1;
    if (events & Bluetooth.CHAR_WRITE_EVENT) {
      print(`Write request with value = ${show(value)}`);
    } else if (char1_read_counter < 3) {
      print('Read request on char 1');
    } else {
      return 'ABC DEF';
    }
  }

  chr1.callback({
    trigger: Bluetooth.CHAR_WRITE_EVENT | Bluetooth.CHAR_READ_EVENT,
    handler: char1_cb_handler,
  });

  const srv2 = bluetooth.service({ uuid: 1234, isprimary: true });

  const chr2 = srv2.characteristic({ uuid: 4567, value: 0x1234 });
  let char2_read_counter = 0xf0;
  // the old form, with the characteristic alone
  function char2_cb_handler(_chr) {
    char2_read_counter += 1;
    if (char2_read_counter > 0xf1) {
      return char2_read_counter;
    }
  }

  chr2.callback({ trigger: Bluetooth.CHAR_READ_EVENT, handler: char2_cb_handler });
}

await start(import.meta.url, main, { stay: true });
