import type { AnyCommand, CommandDefinition } from '../../hci/definition.js';
import { supports } from '../link-layer/features.js';
import type { LinkLayer } from '../link-layer/link-layer.js';
import type { Chip } from './chip.js';
import { isInVersion } from './core-version.js';
import type { EventPort } from './event-port.js';
import type { HostFlow } from './host-flow.js';
import type { KeyAgreement } from './key-agreement.js';
import type { Personality } from './personality.js';

/** What a command works on. */
export interface CommandContext {
  readonly personality: Personality;
  readonly chip: Chip;
  readonly keyAgreement: KeyAgreement;
  readonly linkLayer: LinkLayer;
  readonly port: EventPort;
  /** ACL data towards the host. */
  readonly toHost: HostFlow;
  /** Supported_Commands: Core Vol 4, Part E, 6.27. */
  readonly supportedCommands: Uint8Array;
  /** HCI_Reset: Core Vol 4, Part E, 7.3.2. */
  reset(): void;
}

/** A status (0 is success), or, on success, the return parameters behind the status. */
export type CommandResult<R> = number | Omit<R, 'status'>;

/** When a command is unknown to a personality. */
export interface CommandConditions {
  /** The bit of the LE FeatureSet that it belongs to. */
  readonly feature?: number;
  /** Bits one of which it needs. */
  readonly anyFeature?: readonly number[];
  /** The Core version from which on it is there, as LMP_Version counts, where that is later than its declaration says. */
  readonly since?: number;
}

/** A command that the controller implements. */
export interface CommandHandler {
  readonly definition: AnyCommand;
  readonly conditions: CommandConditions;
  readonly run: (context: CommandContext, parameters: unknown) => CommandResult<unknown>;
}

/**
 * Joins a command's declaration to what it does. Where a Command Status answers, what `run` sends itself follows the
 * answer, as does what it sends beside a Command Complete.
 */
export function implement<P, R>(
  definition: CommandDefinition<P, R>,
  run: (context: CommandContext, parameters: P) => CommandResult<R>,
  conditions: CommandConditions = {},
): CommandHandler {
  return { definition, conditions, run: (context, parameters) => run(context, parameters as P) };
}

/** Those of the handlers that a personality has, by opcode. */
export function commandTable(
  handlers: readonly CommandHandler[],
  personality: Personality,
): ReadonlyMap<number, CommandHandler> {
  const table = new Map<number, CommandHandler>();
  for (const handler of handlers) {
    if (has(personality, handler)) table.set(handler.definition.opcode, handler);
  }
  return table;
}

const VENDOR_GROUP = 0x3f;

function has(personality: Personality, { definition, conditions }: CommandHandler): boolean {
  const { coreVersion, leFeatures, vendorCommands = [], without = [] } = personality;
  const { opcode } = definition;
  if (opcode >> 10 === VENDOR_GROUP) return vendorCommands.includes(opcode);
  const { feature, anyFeature, since = 0 } = conditions;
  if (since > coreVersion || !isInVersion(definition.since, coreVersion) || without.includes(opcode))
    return false;
  if (feature !== undefined && !supports(leFeatures, feature)) return false;
  return anyFeature?.some((bit) => supports(leFeatures, bit)) ?? true;
}

/** The Supported_Commands mask of exactly what a table implements: Core Vol 4, Part E, 6.27. */
export function supportedCommands(table: ReadonlyMap<number, CommandHandler>): Uint8Array {
  const mask = new Uint8Array(64);
  for (const { definition } of table.values()) {
    if (!definition.supported) continue;
    const [octet, bit] = definition.supported;
    mask[octet]! |= 1 << bit;
  }
  return mask;
}
