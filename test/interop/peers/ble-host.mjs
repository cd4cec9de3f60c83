// ble-host as a peripheral on a controller behind a TCP port: a service with characteristics that are written in parts, and
// one that permits reliable writes.
//
//     node ble-host.mjs 127.0.0.1:PORT NAME
//
// Prints {"ev": "ready"} when it advertises, then connected, written and disconnected.
import { EventEmitter } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../../bench/peers/package.json', import.meta.url)));
const { AdvertisingDataBuilder, BleManager } = require('ble-host');
const [port, name] = process.argv.slice(2);
const say = (ev, fields = {}) => process.stdout.write(`${JSON.stringify({ ev, ...fields })}\n`);
// It keeps its bonds in the folder that it runs in.
process.chdir(mkdtempSync(join(tmpdir(), 'ble-host-')));

/** H4 packets of a socket: ble-host wants each by itself. */
class Transport extends EventEmitter {
  constructor(socket) {
    super();
    this.socket = socket;
    let kept = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      kept = Buffer.concat([kept, chunk]);
      while (kept.length >= 5 || (kept[0] === 4 && kept.length >= 3)) {
        const size = kept[0] === 4 ? 3 + kept[2] : 5 + kept.readUInt16LE(3);
        if (kept.length < size) return;
        this.emit('data', kept.subarray(0, size));
        kept = kept.subarray(size);
      }
    });
    socket.on('close', () => this.emit('close'));
  }

  write(packet) {
    this.socket.write(packet);
  }
}

const uuid = (number) => `0000b1e${number}-0000-1000-8000-00805F9B34FB`.toUpperCase();
const values = new Map();
const writable = (number, properties) => ({
  uuid: uuid(number),
  properties,
  maxLength: 512,
  onRead: (_connection, callback) => callback(0, values.get(number) ?? Buffer.alloc(0)),
  onWrite: (_connection, _needsResponse, value, callback) => {
    values.set(number, Buffer.from(value));
    say('written', { uuid: `b1e${number}`, value: Buffer.from(value).toString('hex') });
    callback(0);
  },
});

const [host, tcp] = port.split(':');
const socket = connect(Number(tcp), host, () => {
  BleManager.create(new Transport(socket), {}, (error, manager) => {
    if (error) throw error;
    manager.gattDb.setDeviceName(name);
    manager.gattDb.addServices([
      {
        uuid: uuid(0),
        characteristics: [
          writable(1, ['read', 'write', 'reliable-write']),
          writable(2, ['read', 'write', 'reliable-write']),
        ],
      },
    ]);
    const data = new AdvertisingDataBuilder().addLocalName(true, name).build();
    manager.setAdvertisingData(data);
    manager.startAdvertising({}, (_status, connection) => {
      say('connected');
      connection.on('disconnect', () => say('disconnected'));
    });
    say('ready');
  });
});
socket.setNoDelay(true);
