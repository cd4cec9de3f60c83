import {
  leBigCreateSync,
  leBigTerminateSync,
  leCreateBig,
  leCreateBigTest,
  leTerminateBig,
} from '../../../hci/commands/index.js';
import { LeFeature } from '../../link-layer/features.js';
import { type BigSchedule, planBig, planBigTest } from '../../link-layer/iso/big-schedule.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';

const broadcaster = { feature: LeFeature.isochronousBroadcaster };
const receiver = { feature: LeFeature.synchronizedReceiver };
const TOP_HANDLE = 0xef;
const TOP_BIS = 0x1f;
/** Framing: 2, framed and unsegmented, is of a later version. */
const TOP_FRAMING = 1;

function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** What LE Create BIG and LE Create BIG Test have in common. */
interface BigParameters {
  readonly bigHandle: number;
  readonly advertisingHandle: number;
  readonly numBis: number;
  readonly sduInterval: number;
  readonly maxSdu: number;
  readonly phy: number;
  readonly packing: number;
  readonly framing: number;
  readonly encryption: number;
  readonly broadcastCode: Uint8Array;
}

function isValid(p: BigParameters): boolean {
  return (
    p.bigHandle <= TOP_HANDLE &&
    p.advertisingHandle <= TOP_HANDLE &&
    within(p.numBis, 1, TOP_BIS) &&
    within(p.sduInterval, 0xff, 0xfffff) &&
    within(p.maxSdu, 1, 0x0fff) &&
    within(p.phy, 1, 7) &&
    p.packing <= 1 &&
    p.framing <= TOP_FRAMING &&
    p.encryption <= 1
  );
}

/** Creates a group, planned by `plan`; gives a status. */
function create(context: CommandContext, p: BigParameters, plan: () => BigSchedule | number): number {
  const { linkLayer } = context;
  const { advertiser, broadcaster: groups } = linkLayer;
  if (groups.bigs.has(p.bigHandle)) return HciStatus.commandDisallowed;
  const set = advertiser.get(p.advertisingHandle);
  if (!set?.periodic || groups.isUsing(set)) return HciStatus.unknownAdvertisingIdentifier;
  const schedule = plan();
  if (typeof schedule === 'number') return schedule;
  return groups.create(p.bigHandle, set, schedule, p.encryption === 1 ? p.broadcastCode.slice() : undefined);
}

/** Broadcast Isochronous Groups: Core Vol 4, Part E, 7.8.103 to 7.8.107. */
export const broadcastStreamCommands: readonly CommandHandler[] = [
  implement(
    leCreateBig,
    (context, p) => {
      const isPossible = isValid(p) && p.rtn <= 0x1e && within(p.maxTransportLatency, 0x0005, 0x0fa0);
      if (!isPossible) return HciStatus.invalidParameters;
      const wish = { ...p, encrypted: p.encryption === 1 };
      return create(context, p, () => planBig(wish, context.linkLayer.phys));
    },
    broadcaster,
  ),
  implement(
    leCreateBigTest,
    (context, p) => {
      const isPossible =
        isValid(p) &&
        within(p.isoInterval, 0x0004, 0x0c80) &&
        within(p.nse, 1, 0x1f) &&
        within(p.maxPdu, 1, 0xfb) &&
        within(p.bn, 1, 7) &&
        within(p.irc, 1, 0x0f) &&
        p.pto <= 0x0f;
      if (!isPossible) return HciStatus.invalidParameters;
      const wish = { ...p, encrypted: p.encryption === 1 };
      return create(context, p, () => planBigTest(wish, context.linkLayer.phys));
    },
    broadcaster,
  ),
  implement(
    leTerminateBig,
    ({ linkLayer }, { bigHandle, reason }) => {
      if (bigHandle > TOP_HANDLE) return HciStatus.invalidParameters;
      const big = linkLayer.broadcaster.bigs.get(bigHandle);
      if (!big) return HciStatus.unknownAdvertisingIdentifier;
      if (big.isTerminating) return HciStatus.commandDisallowed;
      big.terminate(reason);
      return HciStatus.success;
    },
    broadcaster,
  ),
  implement(
    leBigCreateSync,
    ({ linkLayer: { bigReceiver, synchroniser } }, p) => {
      const { bigHandle, encryption, broadcastCode, mse, bigSyncTimeout: timeout, bises } = p;
      const isPossible =
        bigHandle <= TOP_HANDLE &&
        encryption <= 1 &&
        mse <= 0x1f &&
        within(timeout, 0x000a, 0x4000) &&
        within(bises.length, 1, TOP_BIS) &&
        new Set(bises).size === bises.length &&
        bises.every((bis) => within(bis, 1, TOP_BIS));
      if (!isPossible) return HciStatus.invalidParameters;
      if (bigReceiver.pending || bigReceiver.has(bigHandle)) return HciStatus.commandDisallowed;
      const syncHandle = p.syncHandle & 0x0fff;
      if (!synchroniser.get(syncHandle)) return HciStatus.unknownAdvertisingIdentifier;
      bigReceiver.create({
        bigHandle,
        syncHandle,
        encrypted: encryption === 1,
        broadcastCode: broadcastCode.slice(),
        mse,
        timeout,
        bises: [...bises],
      });
      return HciStatus.success;
    },
    receiver,
  ),
  implement(
    leBigTerminateSync,
    ({ linkLayer: { bigReceiver } }, { bigHandle }) => {
      if (bigHandle > TOP_HANDLE) return HciStatus.invalidParameters;
      if (!bigReceiver.has(bigHandle)) return HciStatus.unknownAdvertisingIdentifier;
      bigReceiver.terminate(bigHandle);
      return { bigHandle };
    },
    receiver,
  ),
];
