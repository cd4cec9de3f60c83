// This project, as its users get it: the built package; of another checkout when BLUEWIRE_DIST names its dist/.
import { pathToFileURL } from 'node:url';
import { dashedUuid, NOTIFY20, NOTIFY244, options, READ, run, SINK, STATS } from './support.mjs';

// What `bluewire-recording` records to.
const capture = process.env.BLUEWIRE_CAPTURE;
const transport = options.port.startsWith('tcp:') ? options.port : `serial:${options.port}?baud=1000000`;

await run({
  name: 'bluewire',

  load: () =>
    process.env.BLUEWIRE_DIST
      ? import(pathToFileURL(`${process.env.BLUEWIRE_DIST}/index.js`))
      : import('../../dist/index.js'),

  async central({ Device }) {
    const device = await Device.open({ transport, ...(capture ? { capture } : {}) });
    return {
      scan: (listener) => device.startScan({ onReport: listener }),
      async connect() {
        let found;
        for await (const report of device.scan()) {
          if (report.connectable) {
            found = report;
            break;
          }
        }
        const { gatt } = await device.connect(found);
        const [bench] = await gatt.discoverServices(dashedUuid(0));
        const characteristics = await bench.discoverCharacteristics();
        const of = (id) => characteristics.find(({ uuid }) => uuid.toString() === dashedUuid(id));
        const [read, sink, stats] = [of(READ), of(SINK), of(STATS)];
        const notifying = { [NOTIFY20]: of(NOTIFY20), [NOTIFY244]: of(NOTIFY244) };
        return {
          read: () => read.read(),
          write: (value) => sink.write(value),
          writeCommand: (value) => sink.writeWithoutResponse(value),
          subscribe: (id, listener) => notifying[id].subscribe(listener),
          readStats: () => stats.read(),
        };
      },
    };
  },

  async server({ Device }, work) {
    const { characteristic, service } = await import('../../dist/gatt/index.js');
    const device = await Device.open({ transport, name: 'bench', ...(capture ? { capture } : {}) });
    const notifying = (id) =>
      characteristic(dashedUuid(id), {
        notify: true,
        async onSubscribe(configuration, client) {
          if (configuration !== 1) return;
          const local = id === NOTIFY20 ? characteristics.notify20 : characteristics.notify244;
          const payload = new Uint8Array(work.size);
          for (let i = 0; i < work.notifications; i++) await local.notify(payload, client);
        },
      });
    const { characteristics } = device.server.add(
      service(dashedUuid(0), {
        read: characteristic(dashedUuid(READ), { read: true, onRead: () => work.value }),
        notify20: notifying(NOTIFY20),
        notify244: notifying(NOTIFY244),
        sink: characteristic(dashedUuid(SINK), { write: true, writeWithoutResponse: true }),
      }),
    );
    device.on('connection', () => work.onConnect());
    device.on('disconnection', () => work.onDisconnect());
    await device.startAdvertising({ data: { completeLocalName: 'bench' } });
  },
});
