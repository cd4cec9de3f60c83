import { hexCode } from '../../core/hex.js';
import { type AnyCommand, type AnyEvent, LE_META, VENDOR_EVENT } from '../definition.js';
import * as espressif from './espressif.js';
import * as nimble from './nimble.js';
import * as softdevice from './softdevice.js';
import * as zephyr from './zephyr.js';

/** What is needed to know a vendor's packets. */
export interface Vendor {
  /** For messages: `Zephyr`. */
  readonly name: string;
  /** The company identifiers of the controllers that have these packets, as Read Local Version Information tells them. */
  readonly companies: readonly number[];
  readonly commands: readonly AnyCommand[];
  /** Made by `vendorEvent`, or by `leEvent` for a subevent of LE Meta that the specification does not have. */
  readonly events: readonly AnyEvent[];
}

/** The packets that are known of the controllers of one company. */
export interface VendorPackets {
  /** The vendors that were registered for it, the last first. */
  readonly names: readonly string[];
  /** The command of an opcode; `undefined` for one that nobody has registered. */
  commandByOpcode(opcode: number): AnyCommand | undefined;
  /**
   * The event of a code and the octet behind the header.
   * @param code 0xFF, or 0x3E for LE Meta
   */
  eventByCode(code: number, subevent: number | undefined): AnyEvent | undefined;
}

interface Registered extends Vendor {
  readonly commandTable: ReadonlyMap<number, AnyCommand>;
  readonly eventTable: ReadonlyMap<number, AnyEvent>;
}

/** The vendors that come with the package. */
const own: readonly Vendor[] = [
  /* @__PURE__ */ vendorOf('NimBLE', nimble.nimbleCompanies, nimble),
  /* @__PURE__ */ vendorOf('Espressif', espressif.espressifCompanies, espressif),
  /* @__PURE__ */ vendorOf('SoftDevice Controller', softdevice.softdeviceCompanies, softdevice),
  /* @__PURE__ */ vendorOf('Zephyr', zephyr.zephyrCompanies, zephyr),
];

/** The last first. Filled when somebody asks. */
let registered: Registered[] | undefined;

function all(): Registered[] {
  registered ??= own.map(indexed);
  return registered;
}

/** Which declarations a module exports. */
function vendorOf(
  name: string,
  companies: readonly number[],
  module: Readonly<Record<string, unknown>>,
): Vendor {
  const isDefinition = (value: unknown): value is AnyCommand | AnyEvent =>
    typeof value === 'object' && value !== null && 'type' in value && 'parameters' in value;
  const definitions = Object.values(module).filter(isDefinition);
  return {
    name,
    companies,
    commands: definitions.filter((one) => one.type === 'command'),
    events: definitions.filter((one) => one.type === 'event'),
  };
}

const eventKey = (code: number, subevent: number) => (code << 8) | subevent;
const VENDOR_GROUP = 0x3f;

function indexed(vendor: Vendor): Registered {
  const { name, commands, events } = vendor;
  const commandTable = new Map<number, AnyCommand>();
  const eventTable = new Map<number, AnyEvent>();
  for (const command of commands) {
    const what = `registerVendor(${name}): ${command.name} ${hexCode(command.opcode, 4)}`;
    if (command.opcode >> 10 !== VENDOR_GROUP)
      throw new RangeError(`${what}: the opcodes of vendors are 0xFC00 to 0xFFFF`);
    if (commandTable.has(command.opcode)) throw new RangeError(`${what} is there twice`);
    commandTable.set(command.opcode, command);
  }
  for (const event of events) {
    const { code, subevent } = event;
    const what = `registerVendor(${name}): ${event.name}`;
    if ((code !== VENDOR_EVENT && code !== LE_META) || subevent === undefined)
      throw new RangeError(`${what}: events of vendors are made by vendorEvent() or leEvent()`);
    if (eventTable.has(eventKey(code, subevent))) throw new RangeError(`${what} is there twice`);
    eventTable.set(eventKey(code, subevent), event);
  }
  return { ...vendor, commandTable, eventTable };
}

/**
 * Makes the packets of a vendor known to decoders. Sending the commands and receiving the events needs no registration:
 * the declarations are enough for `host.send()` and `host.onEvent()`.
 *
 * ```ts
 * const acmeReadVoltage = command(0xfc42, 'Acme Read_Voltage', {
 *   returns: { status: fields.status, millivolts: meaning(u16, { unit: [1, 'mV'] }) },
 * });
 * const acmeLowBattery = vendorEvent(0x07, 'Acme Low_Battery', { parameters: { millivolts: u16 } });
 *
 * registerVendor({
 *   name: 'Acme',
 *   companies: [0x1234],
 *   commands: [acmeReadVoltage],
 *   events: [acmeLowBattery],
 * });
 * ```
 *
 * A company may have several vendors; where two know the same code, the one registered last is asked. Those that come
 * with the package (Zephyr, SoftDevice Controller, Espressif, NimBLE) were registered before all others.
 *
 * @returns what takes the registration back
 * @throws {RangeError} on an opcode or event code that is not a vendor's, or that is there twice
 */
export function registerVendor(vendor: Vendor): () => void {
  const one = indexed(vendor);
  all().unshift(one);
  return () => {
    registered = all().filter((other) => other !== one);
  };
}

/**
 * The packets that are known of the controllers of a company; `undefined` when there are none. What is registered later is
 * in it too.
 * @param companyIdentifier as Read Local Version Information gives it
 */
export function vendorFor(companyIdentifier: number): VendorPackets | undefined {
  const found = () => all().filter(({ companies }) => companies.includes(companyIdentifier));
  if (found().length === 0) return undefined;
  return {
    get names() {
      return found().map(({ name }) => name);
    },
    commandByOpcode: (opcode) => first(found(), ({ commandTable }) => commandTable.get(opcode)),
    eventByCode: (code, subevent) =>
      subevent === undefined
        ? undefined
        : first(found(), ({ eventTable }) => eventTable.get(eventKey(code, subevent))),
  };
}

function first<T>(vendors: readonly Registered[], of: (vendor: Registered) => T | undefined): T | undefined {
  for (const vendor of vendors) {
    const found = of(vendor);
    if (found !== undefined) return found;
  }
  return undefined;
}
