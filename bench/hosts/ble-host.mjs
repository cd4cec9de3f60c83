// ble-host, on a byte stream: it wants whole packets, so a small H4 framing stands before it.
import { EventEmitter } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dashedUuid,
  NOTIFY20,
  NOTIFY244,
  openStream,
  READ,
  requirePeer,
  run,
  SINK,
  STATS,
} from './support.mjs';

// It keeps bonds below the working directory.
process.chdir(mkdtempSync(join(tmpdir(), 'bench-ble-host-')));

/** Gives each H4 packet by itself. */
class PacketTransport extends EventEmitter {
  #stream;
  #rest = Buffer.alloc(0);

  constructor(stream) {
    super();
    this.#stream = stream;
    stream.on('data', (chunk) => this.#deframe(chunk));
    stream.on('close', () => this.emit('close'));
  }

  write(packet) {
    this.#stream.write(packet);
  }

  #deframe(chunk) {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (at < bytes.length) {
      const event = bytes[at] === 4;
      const header = event ? 3 : 5;
      if (bytes.length - at < header) break;
      const length = header + (event ? bytes[at + 2] : bytes.readUInt16LE(at + 3));
      if (bytes.length - at < length) break;
      this.emit('data', bytes.subarray(at, at + length));
      at += length;
    }
    this.#rest = bytes.subarray(at);
  }
}

/** Its callbacks as promises: the error code is the first argument. */
function settled(start) {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(new Error(`ble-host: error ${error}`)) : resolve(value)));
  });
}

const value = (start) => new Promise((resolve) => start(resolve));

async function open({ BleManager }) {
  const transport = new PacketTransport(await openStream());
  return settled((callback) => BleManager.create(transport, {}, callback));
}

await run({
  name: 'ble-host',

  load: async () => requirePeer('ble-host'),

  async central(library) {
    const manager = await open(library);
    return {
      scan(listener) {
        // Scanning actively, it holds every report back for a scan response.
        manager.startScan({ activeScan: false }).on('report', listener);
      },
      async connect() {
        const scanner = manager.startScan({ activeScan: false });
        const found = await value((resolve) =>
          scanner.on('report', (data) => data.connectable && resolve(data)),
        );
        scanner.stopScan();
        const connection = await value((resolve) =>
          manager.connect(found.addressType, found.address, {}, resolve),
        );
        await settled((callback) => connection.gatt.exchangeMtu(callback));
        const services = await value((resolve) => connection.gatt.discoverAllPrimaryServices(resolve));
        const bench = services.find(({ uuid }) => uuid.toLowerCase() === dashedUuid(0));
        const characteristics = await value((resolve) => bench.discoverCharacteristics(resolve));
        const of = (id) => characteristics.find(({ uuid }) => uuid.toLowerCase() === dashedUuid(id));
        const [read, sink, stats] = [of(READ), of(SINK), of(STATS)];
        const notifying = { [NOTIFY20]: of(NOTIFY20), [NOTIFY244]: of(NOTIFY244) };
        return {
          read: () => settled((callback) => read.readShort(callback)),
          write: (bytes) => settled((callback) => sink.write(bytes, callback)),
          writeCommand: (bytes) => value((resolve) => sink.writeWithoutResponse(bytes, resolve)),
          subscribe(id, listener) {
            notifying[id].on('change', listener);
            notifying[id].writeCCCD(true, false);
          },
          readStats: () => settled((callback) => stats.readShort(callback)),
        };
      },
    };
  },

  async server(library, work) {
    const manager = await open(library);
    const stored = Buffer.from(work.value);
    const notifying = (id) => {
      const characteristic = {
        uuid: dashedUuid(id),
        properties: ['notify'],
        onSubscriptionChange(connection, notification) {
          if (!notification) return;
          const payload = Buffer.alloc(work.size);
          let sent = 0;
          const next = () => {
            if (sent++ < work.notifications) characteristic.notify(connection, payload, next);
          };
          next();
        },
      };
      return characteristic;
    };
    manager.gattDb.setDeviceName('bench');
    manager.gattDb.addServices([
      {
        uuid: dashedUuid(0),
        characteristics: [
          {
            uuid: dashedUuid(READ),
            properties: ['read'],
            onRead: (_connection, callback) => callback(0, stored),
          },
          notifying(NOTIFY20),
          notifying(NOTIFY244),
          {
            uuid: dashedUuid(SINK),
            properties: ['write', 'write-without-response'],
            maxLength: 512,
            onWrite: (_connection, _needsResponse, _value, callback) => callback(0),
          },
        ],
      },
    ]);
    manager.startAdvertising({}, (status, connection) => {
      if (status !== 0) throw new Error(`ble-host: advertising failed with ${status}`);
      work.onConnect();
      connection.on('disconnect', work.onDisconnect);
    });
  },
});
