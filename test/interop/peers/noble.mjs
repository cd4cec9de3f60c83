// @stoprocent/noble as a central through its own UART driver: finds the sensor by its name, reads, and takes notifications.
//
//     node noble.mjs /dev/pts/3 "Heart Rate"
//
// Prints {"ev": "connected"}, {"ev": "read", "uuid": ..., "value": ...} for each readable characteristic, and
// {"ev": "notification", "value": ...} of the Heart Rate Measurement.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../../bench/peers/package.json', import.meta.url)));
const { withBindings } = require('@stoprocent/noble');
const [port, name] = process.argv.slice(2);
const say = (ev, fields = {}) => process.stdout.write(`${JSON.stringify({ ev, ...fields })}\n`);

const noble = withBindings('hci', {
  hciDriver: 'uart',
  bindParams: { uart: { port, baudRate: 1_000_000 } },
});
await noble.waitForPoweredOnAsync();
const peripheral = await new Promise((resolve) => {
  noble.on('discover', (found) => found.advertisement.localName === name && resolve(found));
  noble.startScanning([], true);
});
await noble.stopScanningAsync();
await peripheral.connectAsync();
say('connected', { address: peripheral.address });
const { characteristics } = await peripheral.discoverAllServicesAndCharacteristicsAsync();
for (const characteristic of characteristics) {
  if (!characteristic.properties.includes('read')) continue;
  const value = await characteristic.readAsync();
  say('read', { uuid: characteristic.uuid, value: value.toString('hex') });
}
const measurement = characteristics.find(({ uuid }) => uuid === '2a37');
measurement.on('data', (value) => say('notification', { value: value.toString('hex') }));
await measurement.subscribeAsync();
say('subscribed');
