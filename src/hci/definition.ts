import type { Field, Fields, Struct, Values } from '../core/codec.js';
import { struct } from '../core/codec.js';
import type { LeFeatureName } from './features.js';

/** A bit of the Supported_Commands mask: octet and bit (Core Vol 4, Part E, 6.27). */
export type SupportedBit = readonly [octet: number, bit: number];

/** Which event: its code, and the subevent code of LE Meta (or the first octet of a vendor's event). */
export type EventId = readonly [code: number, subevent?: number];

/** An HCI command, declared as the specification's table gives it: Core Vol 4, Part E, 7. */
export interface CommandDefinition<P, R> {
  readonly type: 'command';
  /** OGF << 10 | OCF. */
  readonly opcode: number;
  /** The specification's name, with its version where there are several: `LE_Read_Buffer_Size [v1]`. */
  readonly name: string;
  /** Where the specification describes it: `7.8.2` of Vol 4, Part E. */
  readonly section: string | undefined;
  readonly parameters: Struct<P>;
  /** The return parameters, Status first; `undefined` where a Command Status answers, or nothing does. */
  readonly returns: Struct<R> | undefined;
  /** What answers: Command Complete, Command Status (with an event later), or nothing on success. */
  readonly completes: 'complete' | 'status' | 'none';
  /**
   * The events one of which ends what the command has begun, where its answer does not: Disconnection Complete for
   * Disconnect. By codes, so that a command does not bring all these events into a bundle.
   */
  readonly finishedBy: readonly EventId[] | undefined;
  readonly supported: SupportedBit | undefined;
  /**
   * The LE features that it serves: a controller that has none of them normally does not have it. After the conditions
   * in Core Vol 4, Part E, 3.1, without those of roles and states; what is really there is told by the controller.
   */
  readonly features: readonly LeFeatureName[] | undefined;
  /** The version of the Core specification that brought it: `5.0`. */
  readonly since: string | undefined;
}

/** Any command, where its parameters do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: commands of all shapes
export type AnyCommand = CommandDefinition<any, any>;

/** What {@link command} takes. */
export interface CommandOptions<P extends Fields, R extends Fields> {
  readonly section?: string;
  readonly supported?: SupportedBit;
  readonly parameters?: P;
  readonly returns?: R;
  /** `status` where a Command Status answers; without, a Command Complete does when there are `returns`. */
  readonly completes?: 'complete' | 'status' | 'none';
  readonly finishedBy?: readonly EventId[];
  readonly features?: readonly LeFeatureName[];
  readonly since?: string;
}

type None = Record<never, never>;

/**
 * Declares a command.
 *
 * ```ts
 * export const leReadBufferSizeV1 = command(0x2002, 'LE_Read_Buffer_Size [v1]', {
 *   section: '7.8.2',
 *   supported: [25, 1],
 *   returns: { status: u8, leAclDataPacketLength: u16, totalNumLeAclDataPackets: u8 },
 * });
 * ```
 */
export function command<P extends Fields = None, R extends Fields = None>(
  opcode: number,
  name: string,
  options: CommandOptions<P, R> = {},
): CommandDefinition<Values<P>, Values<R>> {
  return {
    type: 'command',
    opcode,
    name,
    section: options.section,
    parameters: struct(options.parameters ?? ({} as P)),
    returns: options.returns && struct(options.returns),
    completes: options.completes ?? (options.returns ? 'complete' : 'status'),
    finishedBy: options.finishedBy,
    supported: options.supported,
    features: options.features,
    since: options.since,
  };
}

/** An HCI event, a subevent of LE Meta, or an event of a vendor: Core Vol 4, Part E, 7.7. */
export interface EventDefinition<P> {
  readonly type: 'event';
  /** The event code; 0x3E for the subevents of LE Meta, 0xFF for those of vendors. */
  readonly code: number;
  /** The subevent code of an LE Meta event; the first octet of the parameters of a vendor's. */
  readonly subevent: number | undefined;
  readonly name: string;
  readonly section: string | undefined;
  /** The parameters, behind the subevent code where there is one. */
  readonly parameters: Struct<P>;
  /** The bit of the (LE) event mask that lets it through. */
  readonly maskBit: number | undefined;
  /** The bit of page 2 of the event mask that lets it through. */
  readonly maskPage2Bit: number | undefined;
  /**
   * The LE features that it serves: a controller that has none of them normally does not have it. After the conditions
   * in Core Vol 4, Part E, 3.1, without those of roles and states; what is really there is told by the controller.
   */
  readonly features: readonly LeFeatureName[] | undefined;
  /** The version of the Core specification that brought it: `5.0`. */
  readonly since: string | undefined;
}

/** Any event, where its parameters do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: events of all shapes
export type AnyEvent = EventDefinition<any>;

/** What {@link event} and {@link leEvent} take. */
export interface EventOptions<P extends Fields> {
  readonly section?: string;
  /** The bit of Set_Event_Mask (page 1), or of LE_Set_Event_Mask for a subevent. */
  readonly maskBit?: number;
  /** The bit of Set_Event_Mask_Page_2. */
  readonly maskPage2Bit?: number;
  readonly parameters?: P;
  readonly features?: readonly LeFeatureName[];
  readonly since?: string;
}

/** The code of the LE Meta event. */
export const LE_META = 0x3e;

/** The code of the events that vendors make: Core Vol 4, Part E, 5.4.4. */
export const VENDOR_EVENT = 0xff;

/** Declares an event. */
export function event<P extends Fields = None>(
  code: number,
  name: string,
  options: EventOptions<P> = {},
): EventDefinition<Values<P>> {
  return {
    type: 'event',
    code,
    subevent: undefined,
    name,
    section: options.section,
    parameters: struct(options.parameters ?? ({} as P)),
    maskBit: options.maskBit,
    maskPage2Bit: options.maskPage2Bit,
    features: options.features,
    since: options.since,
  };
}

/** Declares a subevent of LE Meta. */
export function leEvent<P extends Fields = None>(
  subevent: number,
  name: string,
  options: EventOptions<P> = {},
): EventDefinition<Values<P>> {
  return { ...event(LE_META, name, options), subevent };
}

/**
 * Declares an event of a vendor, told from the vendor's others by the first octet of its parameters.
 *
 * ```ts
 * export const zephyrScanRequestReceived = vendorEvent(0x04, 'Zephyr Scan_Request_Received', {
 *   parameters: { addressType: u8, address: bdAddr, rssi: i8 },
 * });
 * ```
 *
 * @param subcode the first octet; the parameters stand behind it
 */
export function vendorEvent<P extends Fields = None>(
  subcode: number,
  name: string,
  options: EventOptions<P> = {},
): EventDefinition<Values<P>> {
  return { ...event(VENDOR_EVENT, name, options), subevent: subcode };
}

/** The parameters object of a command or event. */
export type ParametersOf<D> = D extends { readonly parameters: Field<infer P> } ? P : never;

/** The return parameters object of a command. */
export type ReturnsOf<D> = D extends CommandDefinition<infer _P, infer R> ? R : never;
