import type { Scheme } from '../scheme.js';

/** The schemes that Node has of itself; each loads its code, and the packages it needs, on first use. */
export const platformSchemes: Readonly<Record<string, Scheme>> = {
  serial: {
    form: 'serial:/dev/ttyACM0?baud=1000000&rtscts',
    load: async () => (await import('./serial.js')).serialFactory,
  },
  tcp: { form: 'tcp:host:port', load: async () => (await import('./socket.js')).tcpFactory },
  unix: { form: 'unix:path', load: async () => (await import('./socket.js')).unixFactory },
};
