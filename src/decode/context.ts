import { classicCommandName } from '../hci/classic-names.js';
import { commandOf } from '../hci/decode.js';
import type { AnyCommand } from '../hci/definition.js';
import { type VendorPackets, vendorFor } from '../hci/vendor/registry.js';
import { advertisingFields } from './advertising.js';
import type { NameTables } from './names.js';
import type { Span } from './span.js';
import type { ReadableField } from './tree.js';
import type { ValueNames } from './values.js';
import { Walk } from './walk.js';

/** What the parts of a decoder have in common. */
export class DecodeContext {
  readonly names: ValueNames;
  /** The controller's manufacturer, as far as it is known. */
  readonly company: number | undefined;
  readonly vendor: VendorPackets | undefined;
  /** For the parameters of commands and events, with the advertising data in them. */
  readonly walk: Walk;
  /** For all else. */
  readonly plain: Walk;

  constructor(tables: NameTables | undefined, company: number | undefined) {
    this.company = company;
    this.vendor = company === undefined ? undefined : vendorFor(company);
    this.names = { tables, command: (opcode) => this.command(opcode)?.name ?? classicCommandName(opcode) };
    this.walk = new Walk({
      names: this.names,
      inside: (key, span, siblings) =>
        isAdvertising(key, siblings) ? this.advertising(span, siblings) : undefined,
    });
    this.plain = new Walk({ names: this.names });
  }

  command(opcode: number): AnyCommand | undefined {
    return commandOf(opcode, this.vendor);
  }

  private advertising(span: Span, siblings: readonly ReadableField[]) {
    const operation = numberIn(siblings, 'operation');
    // Data in several commands: an intermediate or last fragment begins anywhere (Vol 4, Part E, 7.8.54).
    if (operation === 0 || operation === 2) return undefined;
    const status = numberIn(siblings, 'dataStatus') ?? statusOf(siblings);
    return advertisingFields(span, this.names, operation === 1 || status !== 0);
  }
}

/** Whether the data of an extended report are whole: 0. A legacy report has an event type of one octet, and whole data. */
function statusOf(siblings: readonly ReadableField[]): number {
  const type = siblings.find(({ key }) => key === 'eventType');
  return type?.length === 2 && typeof type.value === 'number' ? (type.value >> 5) & 3 : 0;
}

/** Whether a field of an HCI packet has advertising data inside: by its name, `data` in a report. */
function isAdvertising(key: string, siblings: readonly ReadableField[]): boolean {
  if (key === 'data')
    return siblings.some((field) => field.key === 'eventType' || field.key === 'dataStatus');
  return advertisingKeys.has(key);
}

const advertisingKeys: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'advertisingData',
  'scanResponseData',
  'subeventData',
  'responseData',
]);

/** The number in a field; `undefined` where there is none. */
export function numberIn(fields: readonly ReadableField[], key: string): number | undefined {
  const value = fields.find((field) => field.key === key)?.value;
  return typeof value === 'number' ? value : undefined;
}
