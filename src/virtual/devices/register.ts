import { registerTransport } from '../../hci/transport/registry.js';

/** Makes `virtual:` known as a port; the world behind it is loaded on first use. */
registerTransport('virtual', {
  form: 'virtual:',
  load: async () => (await import('./port.js')).virtualFactory,
});
