import * as z from 'zod/mini';
import { TransportError } from '../../core/errors.js';
import { checkPort, wholeNumber } from '../../hci/transport/port-options.js';
import type { TransportContext, TransportFactory } from '../../hci/transport/scheme.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../hci/transport/transport.js';
import { World, type WorldOptions } from './world.js';

/** The address of the controller that `virtual:` gives: one of those that documentation may use (RFC 7042, 2.1.2). */
const ADDRESS = '00:00:5E:00:53:01';

/** A way to a virtual controller in a world that exists as long as the port is open. */
class WorldTransport implements HciTransport {
  readonly name: string;
  private readonly options: WorldOptions;
  private world: World | undefined;
  private inner: HciTransport | undefined;
  private closed = false;

  constructor(name: string, options: WorldOptions) {
    this.name = name;
    this.options = options;
  }

  get writeBacklog(): number {
    return this.inner?.writeBacklog ?? 0;
  }

  async open(sink: HciTransportSink): Promise<TransportOpened> {
    const world = await World.open(this.options);
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

const form =
  'virtual:, virtual:world.json with a file that declares the world, or virtual:?seed=7 with a whole number that makes every run the same';
const schema = z.strictObject({
  target: z.string(),
  seed: z.optional(wholeNumber(0, 0xffffffff)),
});

/** What a world file declares. @throws {TransportError} `PORT_SPEC` with what is wrong with it */
async function declared(path: string): Promise<WorldOptions> {
  try {
    const { textOfFile } = await import('#captures');
    const { worldFromJson } = await import('./world-file.js');
    return worldFromJson(textOfFile(path), path, (file) => textOfFile(beside(path, file)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TransportError(`virtual:${path}: ${reason}. The form is ${form}`, 'PORT_SPEC', {
      cause: error,
    });
  }
}

/** The way to a file that is named in another one, from its folder. */
function beside(path: string, file: string): string {
  const isWhole = /^([/\\]|[a-z]:)/i.test(file);
  return isWhole ? file : path.replace(/[^/\\]*$/, '') + file;
}

/** `virtual:` */
export const virtualFactory: TransportFactory = {
  async create(port, { clock, random }: TransportContext) {
    const { target, seed: chosen } = checkPort(port, form, schema);
    const options = target === '' ? {} : await declared(target);
    const seed = chosen ?? options.seed;
    return new WorldTransport(port.text, {
      ...options,
      clock,
      ...(seed === undefined ? { random } : { seed }),
    });
  },
};
