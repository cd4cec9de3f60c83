import { u16At } from '../core/bytes.js';
import { LE_META, VENDOR_EVENT } from '../hci/definition.js';
import { eventByCode } from '../hci/registry.js';
import { legacyEvents, legacySubevent } from './legacy.js';

/** The masks after a Reset: Core Vol 4, Part E, 7.3.1, 7.3.69, 7.8.1. */
const DEFAULT_MASK = 0x00001fffffffffffn;
const DEFAULT_LE_MASK = 0x1fn;
const LE_META_BIT = 61n;

const SET_EVENT_MASK = 0x0c01;
const RESET = 0x0c03;
const SET_EVENT_MASK_PAGE_2 = 0x0c63;
const LE_SET_EVENT_MASK = 0x2001;
const scanEnables: ReadonlySet<number> = /* @__PURE__ */ new Set([0x200c, 0x2042]);
const reports: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([0x02, 0x0b, 0x0d]);
/** Codes above have no bit of page 1: Core Vol 4, Part E, 7.3.1. */
const LAST_OF_PAGE_1 = 0x3e;

/** What the filter makes of an event. */
export interface Filtered {
  /** What the host is given. */
  readonly events: readonly Uint8Array[];
  /** Whether they are legacy ones in the place of extended ones. */
  readonly isTranslated: boolean;
}

/** Lets through the events that the host has asked for, as a controller does. */
export class EventFilter {
  private mask = DEFAULT_MASK;
  private mask2 = 0n;
  private leMask = DEFAULT_LE_MASK;
  private isScanning = false;

  /** Takes a command that the host sent, with its opcode first. */
  command(bytes: Uint8Array): void {
    const opcode = u16At(bytes, 0);
    const parameters = bytes.subarray(3);
    if (opcode === RESET) {
      this.mask = DEFAULT_MASK;
      this.mask2 = 0n;
      this.leMask = DEFAULT_LE_MASK;
      this.isScanning = false;
    } else if (opcode === SET_EVENT_MASK) this.mask = maskOf(parameters);
    else if (opcode === SET_EVENT_MASK_PAGE_2) this.mask2 = maskOf(parameters);
    else if (opcode === LE_SET_EVENT_MASK) this.leMask = maskOf(parameters);
    else if (scanEnables.has(opcode)) this.isScanning = parameters[0] === 1;
  }

  /** What becomes of an event of the capture. */
  take(event: Uint8Array): Filtered {
    const [code, , subevent] = event;
    if (code === LE_META && reports.has(subevent) && !this.isScanning)
      return { events: [], isTranslated: false };
    if (this.passes(code!, subevent)) return { events: [event], isTranslated: false };
    const legacy = code === LE_META ? legacySubevent(subevent!) : undefined;
    if (legacy === undefined || !this.passes(LE_META, legacy)) return { events: [], isTranslated: false };
    return { events: legacyEvents(event), isTranslated: true };
  }

  private passes(code: number, subevent: number | undefined): boolean {
    if (code === VENDOR_EVENT) return true;
    const definition = eventByCode(code, code === LE_META ? subevent : undefined);
    if (code === LE_META) {
      const bit = definition?.maskBit ?? (subevent ?? 1) - 1;
      return has(this.mask, LE_META_BIT) && has(this.leMask, BigInt(bit));
    }
    if (definition) {
      const { maskBit, maskPage2Bit } = definition;
      if (maskPage2Bit !== undefined) return has(this.mask2, BigInt(maskPage2Bit));
      // Without a bit it cannot be masked: the answers to commands, completed packets.
      return maskBit === undefined || has(this.mask, BigInt(maskBit));
    }
    return code > LAST_OF_PAGE_1 || has(this.mask, BigInt(code - 1));
  }
}

function has(mask: bigint, bit: bigint): boolean {
  return ((mask >> bit) & 1n) === 1n;
}

function maskOf(octets: Uint8Array): bigint {
  let mask = 0n;
  for (let i = Math.min(octets.length, 8) - 1; i >= 0; i--) mask = (mask << 8n) | BigInt(octets[i]!);
  return mask;
}
