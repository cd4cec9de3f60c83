import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Bluetooth, BluetoothTimeout } from '../../src/api/index.js';
import { TimeoutError } from '../../src/core/index.js';
import { describeWithShared, shared } from '../support/shared.js';

const constants: Readonly<Record<string, number>> = {
  BLE: 0,
  INT_ANT: 0,
  EXT_ANT: 1,
  MAN_ANT: 2,
  CONN_ADV: 0,
  CONN_DIR_ADV: 1,
  DISC_ADV: 2,
  NON_CONN_ADV: 3,
  SCAN_RSP: 4,
  PUBLIC_ADDR: 0,
  RANDOM_ADDR: 1,
  PUBLIC_RPA_ADDR: 2,
  RANDOM_RPA_ADDR: 3,
  ADV_FLAG: 0x01,
  ADV_16SRV_PART: 0x02,
  ADV_T16SRV_CMPL: 0x03,
  ADV_32SRV_PART: 0x04,
  ADV_32SRV_CMPL: 0x05,
  ADV_128SRV_PART: 0x06,
  ADV_128SRV_CMPL: 0x07,
  ADV_NAME_SHORT: 0x08,
  ADV_NAME_CMPL: 0x09,
  ADV_TX_PWR: 0x0a,
  ADV_DEV_CLASS: 0x0d,
  ADV_SERVICE_DATA: 0x16,
  ADV_APPEARANCE: 0x19,
  ADV_ADV_INT: 0x1a,
  ADV_32SERVICE_DATA: 0x20,
  ADV_128SERVICE_DATA: 0x21,
  ADV_MANUFACTURER_DATA: 0xff,
  PROP_BROADCAST: 0x01,
  PROP_READ: 0x02,
  PROP_WRITE_NR: 0x04,
  PROP_WRITE: 0x08,
  PROP_NOTIFY: 0x10,
  PROP_INDICATE: 0x20,
  PROP_AUTH: 0x40,
  PROP_EXT_PROP: 0x80,
  PERM_READ: 0x001,
  PERM_READ_ENCRYPTED: 0x002,
  PERM_READ_ENC_MITM: 0x004,
  PERM_WRITE: 0x010,
  PERM_WRITE_ENCRYPTED: 0x020,
  PERM_WRITE_ENC_MITM: 0x040,
  PERM_WRITE_SIGNED: 0x080,
  PERM_WRITE_SIGNED_MITM: 0x100,
  CHAR_CONFIG_NOTIFY: 1,
  CHAR_CONFIG_INDICATE: 2,
  NEW_ADV_EVENT: 0x01,
  CLIENT_CONNECTED: 0x02,
  CLIENT_DISCONNECTED: 0x04,
  CHAR_READ_EVENT: 0x08,
  CHAR_WRITE_EVENT: 0x10,
  CHAR_NOTIFY_EVENT: 0x20,
  CHAR_SUBSCRIBE_EVENT: 0x80,
  ADV_TYPE_IND: 0,
  ADV_TYPE_DIRECT_IND_HIGH: 1,
  ADV_TYPE_SCAN_IND: 2,
  ADV_TYPE_NONCONN_IND: 3,
  ADV_TYPE_DIRECT_IND_LOW: 4,
  ADV_BLE_ADDR_TYPE_PUBLIC: 0,
  ADV_BLE_ADDR_TYPE_RANDOM: 1,
  ADV_BLE_ADDR_TYPE_RPA_PUBLIC: 2,
  ADV_BLE_ADDR_TYPE_RPA_RANDOM: 3,
  ADV_CHNL_37: 1,
  ADV_CHNL_38: 2,
  ADV_CHNL_39: 4,
  ADV_CHNL_ALL: 7,
  ADV_FILTER_ALLOW_SCAN_ANY_CON_ANY: 0,
  ADV_FILTER_ALLOW_SCAN_WLST_CON_ANY: 1,
  ADV_FILTER_ALLOW_SCAN_ANY_CON_WLST: 2,
  ADV_FILTER_ALLOW_SCAN_WLST_CON_WLST: 3,
  TX_PWR_CONN: 0,
  TX_PWR_ADV: 9,
  TX_PWR_SCAN: 10,
  TX_PWR_DEFAULT: 11,
  TX_PWR_N12: 0,
  TX_PWR_N9: 1,
  TX_PWR_N6: 2,
  TX_PWR_N3: 3,
  TX_PWR_0: 4,
  TX_PWR_P3: 5,
  TX_PWR_P6: 6,
  TX_PWR_P9: 7,
};

const ofClass = (name: string): unknown => (Bluetooth as unknown as Record<string, unknown>)[name];

it('Bluetooth has the constants of the firmware', () => {
  const found = Object.fromEntries(Object.keys(constants).map((name) => [name, ofClass(name)]));
  expect(found).toEqual(constants);
});

it('Bluetooth.timeout is the class of the error that connect rejects with', () => {
  expect(Bluetooth.timeout).toBe(BluetoothTimeout);
  const error = new Bluetooth.timeout('connection', 5);
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error.message).toBe('timed out');
  expect(error.code).toBe('TIMEOUT');
});

describeWithShared('the API’s table', () => {
  it('names no constant and no method that is not there', () => {
    const text = readFileSync(shared('pycom-api.md'), 'utf8');
    const section = text.slice(text.indexOf('## Constants'), text.indexOf('## Documented programs'));
    const named = [...section.matchAll(/\b([A-Z][A-Z0-9_]+) (0x[0-9A-F]+|\d+)\b/g)];
    expect(named.length).toBeGreaterThan(70);
    for (const [, name, value] of named) expect([name, ofClass(name!)]).toEqual([name, Number(value)]);
    const methods = text.slice(text.indexOf('## class Bluetooth'), text.indexOf('## Client side'));
    for (const [, name] of methods.matchAll(/^\| `([a-z_]+)` \|/gm)) {
      expect([name, typeof (Bluetooth.prototype as unknown as Record<string, unknown>)[name!]]).toEqual([
        name,
        'function',
      ]);
    }
  });
});
