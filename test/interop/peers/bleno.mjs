// @stoprocent/bleno as a peripheral through its own UART driver: a service with one characteristic to read and write, long
// values included, and one that notifies.
//
//     node bleno.mjs /dev/pts/3 NAME
//
// Prints {"ev": "ready"} when it advertises, then connected, written and subscribed.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../../bench/peers/package.json', import.meta.url)));
const { withBindings } = require('@stoprocent/bleno');
const Characteristic = require('@stoprocent/bleno/lib/characteristic');
const PrimaryService = require('@stoprocent/bleno/lib/primary-service');
const [port, name] = process.argv.slice(2);
const say = (ev, fields = {}) => process.stdout.write(`${JSON.stringify({ ev, ...fields })}\n`);

const bleno = withBindings('hci', {
  hciDriver: 'uart',
  bindParams: { uart: { port, baudRate: 1_000_000 } },
});
let value = Buffer.from('bleno');
const service = new PrimaryService({
  uuid: 'b1e0',
  characteristics: [
    new Characteristic({
      uuid: 'b1e1',
      properties: ['read', 'write'],
      onReadRequest: (_connection, offset, callback) =>
        callback(Characteristic.RESULT_SUCCESS, value.subarray(offset)),
      onWriteRequest: (_connection, data, offset, _withoutResponse, callback) => {
        value = Buffer.concat([value.subarray(0, offset), data]);
        say('written', { value: value.toString('hex') });
        callback(Characteristic.RESULT_SUCCESS);
      },
    }),
    new Characteristic({
      uuid: 'b1e2',
      properties: ['notify'],
      onSubscribe: (_connection, _size, update) => {
        say('subscribed');
        for (let i = 0; i < 5; i++) update(Buffer.from([i]));
      },
    }),
  ],
});

bleno.on('accept', (address) => say('connected', { address }));
bleno.on('disconnect', () => say('disconnected'));
bleno.on('advertisingStart', (error) => {
  if (error) throw error;
  bleno.setServices([service], () => say('ready'));
});
bleno.on('stateChange', (state) => {
  if (state === 'poweredOn') bleno.startAdvertising(name, ['b1e0']);
});
