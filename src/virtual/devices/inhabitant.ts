import { Address } from '../../core/address.js';
import type { Clock, Timer } from '../../core/clock.js';
import { type RandomSource, seededRandom } from '../../core/random.js';
import { Device, type DeviceOptions } from '../../gap/index.js';
import { faulty } from '../../hci/faults/faulty-transport.js';
import { checkFaultPlan } from '../../hci/faults/plan.js';
import type { HciTransport } from '../../hci/transport/transport.js';
import type { Air } from '../air/air.js';
import type { Position } from '../air/propagation.js';
import { Route, type RouteOptions } from '../air/route.js';
import { VirtualController } from '../controller/controller.js';
import { fullPersonality } from '../controller/personalities/index.js';
import { MisbehavingTransport } from './misbehaving-transport.js';
import { checkMisbehaviour } from './misbehaviour.js';
import { checkPresence, type Span, spansOf } from './presence.js';
import type { SimulatedDevice } from './simulated-device.js';

/** What an {@link Inhabitant} lives in. */
export interface Habitat {
  readonly air: Air;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** What records the packets of its host. */
  readonly capture?: DeviceOptions['capture'];
}

/** A device that lives in a world: a controller of its own with a host of its own on it, which advertises while it is on. */
export class Inhabitant {
  readonly name: string;
  readonly controller: VirtualController;
  private readonly declared: SimulatedDevice;
  private readonly habitat: Habitat;
  private readonly random: RandomSource;
  private readonly spans: Generator<Span, void, undefined>;
  private host: Device | undefined;
  private wanted = false;
  private closed = false;
  private timer: Timer;
  private advertisingTimer: Timer;
  /** What switching on or off is under way. */
  private work: Promise<void> = Promise.resolve();

  constructor(declared: SimulatedDevice, habitat: Habitat) {
    const { name, address, position, txPower = 0, presence = {}, misbehaviours = [], faults } = declared;
    misbehaviours.forEach((one, i) => {
      checkMisbehaviour(one, `${name}: misbehaviours.${i}`);
    });
    if (faults) checkFaultPlan(faults, `${name}: faults`);
    const own = Address.parse(address);
    this.name = name;
    this.declared = declared;
    this.habitat = habitat;
    this.random = fork(habitat.random);
    this.spans = spansOf(checkPresence(presence, `${name}: presence`), this.random);
    this.controller = new VirtualController(habitat.air, {
      name,
      // One with a random address is a chip without a public one.
      address: own.isRandom ? '00:00:00:00:00:00' : own.bd,
      position: placeOf(position, habitat.air),
      personality: { ...fullPersonality, txPower },
    });
    this.controller.powerOff();
  }

  /** Whether it is switched on. */
  get isOn(): boolean {
    return this.wanted;
  }

  /** Its host while it is on, for what no declaration covers. */
  get device(): Device | undefined {
    return this.host;
  }

  /** Begins to live by its timetable; resolves when it is up, if it is there from the beginning. */
  begin(): Promise<void> {
    return this.next();
  }

  /** Switches it on, whatever its timetable says; resolves when it advertises. Idempotent. */
  switchOn(): Promise<void> {
    if (this.closed || this.wanted) return this.work;
    this.wanted = true;
    this.work = this.work.then(() => this.open());
    return this.work;
  }

  /** Switches it off at once, without a word to anybody. Idempotent. */
  switchOff(): void {
    this.wanted = false;
    this.habitat.clock.clearTimeout(this.advertisingTimer);
    this.controller.powerOff();
  }

  /** It is never on again, and leaves no timer. */
  async close(): Promise<void> {
    this.closed = true;
    this.habitat.clock.clearTimeout(this.timer);
    this.switchOff();
    await this.work.catch(() => {});
    await this.host?.close();
  }

  /** Moves it, in metres, or sends it on a way. */
  move(position: Position | RouteOptions): void {
    this.controller.position = placeOf(position, this.habitat.air);
  }

  private async next(): Promise<void> {
    const span = this.spans.next().value;
    if (!span || this.closed) return;
    const { clock, air } = this.habitat;
    const wait = (until: number, then: () => void) => {
      if (until === Number.POSITIVE_INFINITY) return;
      this.timer = clock.setTimeout(then, until - air.agenda.now / 1000);
    };
    const over = () => {
      this.switchOff();
      void this.next();
    };
    if (span.from > 0) {
      wait(span.from, () => {
        // Whoever waits for it hears of what went wrong by its not being there.
        this.switchOn().catch(() => {});
        wait(span.until, over);
      });
      return;
    }
    wait(span.until, over);
    await this.switchOn();
  }

  private async open(): Promise<void> {
    if (!this.wanted) return;
    this.controller.powerOn();
    try {
      await this.serve();
    } catch (error) {
      // When it was switched off meanwhile, nobody is to be told.
      if (this.wanted) throw error;
    }
  }

  private async serve(): Promise<void> {
    const { name, address, appearance, mtu, advertising, services = [], security, connected } = this.declared;
    const own = Address.parse(address);
    const { clock, random, capture } = this.habitat;
    const device = await Device.open({
      transport: this.transport(),
      ...(own.isRandom ? { address: own.bd } : {}),
      name,
      ...(appearance === undefined ? {} : { appearance }),
      ...(mtu === undefined ? {} : { mtu }),
      security: security ?? false,
      clock,
      random,
      capture,
    });
    this.host = device;
    device.on('closed', () => {
      if (this.host === device) this.host = undefined;
    });
    try {
      const surroundings = { clock, random: this.random };
      for (const serve of services) serve(device.server, surroundings);
      if (connected) device.on('connection', (connection) => connected(connection, surroundings));
      await device.startAdvertising(advertising);
    } catch (error) {
      await device.close();
      throw error;
    }
    this.keepAdvertising(device, clock.now());
  }

  /** The way to its controller, with all that is wrong with it. */
  private transport(): HciTransport {
    const { name, misbehaviours = [], faults } = this.declared;
    const { clock } = this.habitat;
    let transport = this.controller.transport();
    if (faults) transport = faulty(transport, faults, { clock });
    if (misbehaviours.length === 0) return transport;
    return new MisbehavingTransport(transport, misbehaviours, { clock, deviceName: name });
  }

  /** Advertises something new every so often, as long as it advertises. */
  private keepAdvertising(device: Device, since: number): void {
    const { liveAdvertising, advertising } = this.declared;
    if (!liveAdvertising) return;
    const { clock } = this.habitat;
    const again = () => {
      if (!device.isOpen) return;
      this.advertisingTimer = clock.setTimeout(again, liveAdvertising.everyMs);
      if (!device.advertising) return;
      const data = liveAdvertising.data(clock.now() - since);
      // A controller that was switched off in the meantime advertises nothing.
      device.startAdvertising({ ...advertising, data }).catch(() => {});
    };
    this.advertisingTimer = clock.setTimeout(again, liveAdvertising.everyMs);
  }
}

function placeOf(position: Position | RouteOptions, air: Air): Position {
  return 'points' in position ? new Route(() => air.agenda.now, position) : position;
}

/** A source of its own, seeded by another. */
export function fork(random: RandomSource): RandomSource {
  const seed = random.fill(new Uint8Array(4));
  return seededRandom(seed[0]! | (seed[1]! << 8) | (seed[2]! << 16) | (seed[3]! << 24));
}
