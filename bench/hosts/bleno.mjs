// @stoprocent/bleno, through its own UART driver: the server beside noble.
import {
  benchUuid,
  NOTIFY20,
  NOTIFY244,
  options,
  READ,
  requirePeer,
  run,
  SINK,
  serveSerialportOverTcp,
} from './support.mjs';

if (options.port.startsWith('tcp:')) serveSerialportOverTcp('@stoprocent/bluetooth-hci-socket');

/** bleno has no backpressure: this many notifications a turn of the event loop, so that it still hears the controller. */
const NOTIFICATIONS_A_TURN = 100;

await run({
  name: 'bleno',

  load: async () => requirePeer('@stoprocent/bleno'),

  async server({ withBindings }, work) {
    const bleno = withBindings('hci', {
      hciDriver: 'uart',
      bindParams: { uart: { port: options.port, baudRate: 1_000_000 } },
    });
    const Characteristic = requirePeer('@stoprocent/bleno/lib/characteristic');
    const PrimaryService = requirePeer('@stoprocent/bleno/lib/primary-service');
    const value = Buffer.from(work.value);

    const notifying = (id) =>
      new Characteristic({
        uuid: benchUuid(id),
        properties: ['notify'],
        onSubscribe(_connection, _maxValueSize, update) {
          const payload = Buffer.alloc(work.size);
          let sent = 0;
          const turn = () => {
            for (let i = 0; i < NOTIFICATIONS_A_TURN && sent < work.notifications; i++, sent++)
              update(payload);
            if (sent < work.notifications) setImmediate(turn);
          };
          turn();
        },
      });
    const service = new PrimaryService({
      uuid: benchUuid(0),
      characteristics: [
        new Characteristic({
          uuid: benchUuid(READ),
          properties: ['read'],
          onReadRequest: (_connection, _offset, callback) => callback(0, value),
        }),
        notifying(NOTIFY20),
        notifying(NOTIFY244),
        new Characteristic({
          uuid: benchUuid(SINK),
          properties: ['write', 'writeWithoutResponse'],
          onWriteRequest: (_connection, _data, _offset, _withoutResponse, callback) => callback(0),
        }),
      ],
    });

    bleno.on('accept', work.onConnect);
    bleno.on('disconnect', work.onDisconnect);
    bleno.on('stateChange', (state) => {
      if (state !== 'poweredOn') return;
      bleno.setServices([service]);
      bleno.startAdvertising('bench', []);
    });
  },
});
