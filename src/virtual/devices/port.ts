import * as z from 'zod/mini';
import { TransportError } from '../../core/errors.js';
import { seededRandom } from '../../core/random.js';
import { checkPort, wholeNumber } from '../../hci/transport/port-options.js';
import type { TransportContext, TransportFactory } from '../../hci/transport/scheme.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../hci/transport/transport.js';
import { World } from './world.js';

/** The address of the controller that `virtual:` gives: one of those that documentation may use (RFC 7042, 2.1.2). */
const ADDRESS = '00:00:5E:00:53:01';

/** A way to a virtual controller in a world that exists as long as the port is open. */
class WorldTransport implements HciTransport {
  readonly name: string;
  private readonly context: TransportContext;
  private world: World | undefined;
  private inner: HciTransport | undefined;
  private closed = false;

  constructor(name: string, context: TransportContext) {
    this.name = name;
    this.context = context;
  }

  get writeBacklog(): number {
    return this.inner?.writeBacklog ?? 0;
  }

  async open(sink: HciTransportSink): Promise<TransportOpened> {
    const world = await World.open(this.context);
    if (this.closed) {
      await world.close();
      throw new TransportError(`the port ${this.name} was closed while it was being opened`, 'PORT_CLOSED');
    }
    this.world = world;
    this.inner = world.controller(ADDRESS).transport();
    return this.inner.open(sink);
  }

  send(packet: Uint8Array): void {
    this.inner?.send(packet);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.inner?.close();
    await this.world?.close();
  }
}

const form = 'virtual: or virtual:?seed=7, with a whole number that makes every run the same';
const schema = z.strictObject({
  target: z.literal('', { error: 'nothing is wanted behind the colon' }),
  seed: z.optional(wholeNumber(0, 0xffffffff)),
});

/** `virtual:` */
export const virtualFactory: TransportFactory = {
  create(port, { clock, random }) {
    const { seed } = checkPort(port, form, schema);
    return new WorldTransport(port.text, { clock, random: seed === undefined ? random : seededRandom(seed) });
  },
};
