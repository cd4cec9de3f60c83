import { u16At } from '../../core/bytes.js';
import type { FieldDifference } from '../divergence.js';

/**
 * What a controller may do otherwise than the captured one, in lenient comparison:
 * - `handles`: Connection_Handles, renamed consistently;
 * - `addresses`: the controller's own;
 * - `timing`: what follows from its clock: the interval that it chose, its accuracy;
 * - `credits`: how many commands and packets it takes, and when it says so;
 * - `capabilities`: versions and features, the peer's too, supported commands, sizes, and commands that it does not know;
 * - `versions`: which version of LE (Enhanced) Connection Complete it gives;
 * - `reports`: what it hears: advertising reports;
 * - `random`: numbers that it draws.
 */
export type ControllerDifference =
  | 'handles'
  | 'addresses'
  | 'timing'
  | 'credits'
  | 'capabilities'
  | 'versions'
  | 'reports'
  | 'random';

/** All of them. */
export const controllerDifferences: readonly ControllerDifference[] = [
  'handles',
  'addresses',
  'timing',
  'credits',
  'capabilities',
  'versions',
  'reports',
  'random',
];

const COMMAND_COMPLETE = 0x0e;
const COMMAND_STATUS = 0x0f;
const REMOTE_VERSION = 0x0c;
const UNKNOWN_COMMAND = 0x01;
const VENDOR = 0x3f;
/** Commands whose answer tells what a controller is and can: Core Vol 4, Part E, 7.4 and 7.8. */
const telling: ReadonlySet<number> = /* @__PURE__ */ new Set([
  0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x100b, 0x100d, 0x2002, 0x2003, 0x2007, 0x200f, 0x201c, 0x2023,
  0x202a, 0x202f, 0x203a, 0x203b, 0x204a, 0x204b, 0x204c, 0x2060,
]);
const RANDOM = 0x2018;
const OWN_ADDRESS = 0x1009;
/** Fields by the end of their path. */
const leaves: Readonly<Record<string, ControllerDifference>> = {
  numHciCommandPackets: 'credits',
  localResolvablePrivateAddress: 'addresses',
  connectionInterval: 'timing',
  centralClockAccuracy: 'timing',
  rssi: 'reports',
  leFeatures: 'capabilities',
  lmpFeatures: 'capabilities',
};

/** The opcode that a Command Complete or Command Status is about. */
export function answeredOpcode(event: Uint8Array): number | undefined {
  if (event[0] === COMMAND_COMPLETE && event.length >= 5) return u16At(event, 3);
  return event[0] === COMMAND_STATUS && event.length >= 6 ? u16At(event, 4) : undefined;
}

/**
 * What kind of difference a field's is; `undefined` where nothing excuses it.
 * @param got the event that came
 * @param handles captured handles with the controller's
 */
export function kindOf(
  { path, expected, got: value }: FieldDifference,
  got: Uint8Array,
  handles: ReadonlyMap<number, number>,
): ControllerDifference | undefined {
  const leaf = path.slice(path.lastIndexOf('.') + 1);
  if (leaf === 'connectionHandle') {
    const renamed = handles.get(Number(expected?.value));
    return renamed !== undefined && renamed === Number(value?.value) ? 'handles' : undefined;
  }
  const opcode = answeredOpcode(got);
  if (opcode !== undefined && leaf !== 'numHciCommandPackets') {
    if (opcode === RANDOM && leaf !== 'status') return 'random';
    if (opcode === OWN_ADDRESS && leaf !== 'status') return 'addresses';
    if (telling.has(opcode) || opcode >> 10 === VENDOR) return 'capabilities';
    // It does not know the command, whichever of both events says so.
    if (got[got[0] === COMMAND_COMPLETE ? 5 : 2] === UNKNOWN_COMMAND) return 'capabilities';
  }
  if (got[0] === REMOTE_VERSION && leaf !== 'status') return 'capabilities';
  return leaves[leaf];
}
