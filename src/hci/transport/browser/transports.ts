import type { Scheme } from '../scheme.js';

/** The schemes that a browser has of itself; each loads its code on first use. */
export const platformSchemes: Readonly<Record<string, Scheme>> = {
  'web-serial': {
    form: 'web-serial:',
    load: async () => (await import('../web-serial.js')).webSerialFactory,
  },
  ws: {
    form: 'ws://host:port/path',
    load: async () => (await import('../websocket.js')).webSocketFactory,
  },
  wss: {
    form: 'wss://host:port/path',
    load: async () => (await import('../websocket.js')).webSocketFactory,
  },
};
