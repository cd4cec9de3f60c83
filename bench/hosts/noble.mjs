// @stoprocent/noble, through its own UART driver.
import {
  benchUuid,
  NOTIFY20,
  NOTIFY244,
  options,
  READ,
  requirePeer,
  run,
  SINK,
  STATS,
  serveSerialportOverTcp,
} from './support.mjs';

if (options.port.startsWith('tcp:')) serveSerialportOverTcp('@stoprocent/bluetooth-hci-socket');

await run({
  name: 'noble',

  load: async () => requirePeer('@stoprocent/noble'),

  async central({ withBindings }) {
    const noble = withBindings('hci', {
      hciDriver: 'uart',
      bindParams: { uart: { port: options.port, baudRate: 1_000_000 } },
      ...(options.extended ? { extended: true } : {}),
    });
    await noble.waitForPoweredOnAsync();
    return {
      scan(listener) {
        noble.on('discover', listener);
        noble.startScanning([], true);
      },
      async connect() {
        const peripheral = await new Promise((resolve) => {
          noble.on('discover', (found) => found.connectable && resolve(found));
          noble.startScanning([], true);
        });
        await noble.stopScanningAsync();
        await peripheral.connectAsync();
        const { characteristics } = await peripheral.discoverAllServicesAndCharacteristicsAsync();
        const of = (id) => characteristics.find(({ uuid }) => uuid === benchUuid(id));
        const [read, sink, stats] = [of(READ), of(SINK), of(STATS)];
        const notifying = { [NOTIFY20]: of(NOTIFY20), [NOTIFY244]: of(NOTIFY244) };
        return {
          read: () => read.readAsync(),
          write: (value) => sink.writeAsync(value, false),
          writeCommand: (value) => sink.writeAsync(value, true),
          subscribe(id, listener) {
            notifying[id].on('data', listener);
            notifying[id].subscribe();
          },
          readStats: () => stats.readAsync(),
        };
      },
    };
  },
});
