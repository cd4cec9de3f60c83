import type { Scheme } from '../scheme.js';

/** The schemes that Node has of itself; each loads its code, and the packages it needs, on first use. */
export const platformSchemes: Readonly<Record<string, Scheme>> = {
  serial: {
    form: 'serial:/dev/ttyACM0?baud=1000000&rtscts',
    load: async () => (await import('./serial.js')).serialFactory,
  },
  usb: { form: 'usb:vid:pid', load: async () => (await import('./usb.js')).usbFactory },
  tcp: { form: 'tcp:host:port', load: async () => (await import('./socket.js')).tcpFactory },
  unix: { form: 'unix:path', load: async () => (await import('./socket.js')).unixFactory },
  'tcp-server': {
    form: 'tcp-server:host:port',
    load: async () => (await import('./socket.js')).tcpServerFactory,
  },
  'unix-server': {
    form: 'unix-server:path',
    load: async () => (await import('./socket.js')).unixServerFactory,
  },
  ws: {
    form: 'ws://host:port/path',
    load: async () => (await import('./websocket.js')).webSocketFactory,
  },
  wss: {
    form: 'wss://host:port/path',
    load: async () => (await import('./websocket.js')).webSocketFactory,
  },
  'ws-server': {
    form: 'ws-server:host:port',
    load: async () => (await import('./websocket.js')).webSocketServerFactory,
  },
};
