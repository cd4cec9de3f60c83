import * as commands from '../commands/index.js';
import type { AnyEvent } from '../definition.js';
import * as events from '../events/index.js';
import type { HciHost } from '../host.js';
import { ask } from './ask.js';

/** The events that the layers above handle; what nobody handles is not sent. */
const used: readonly AnyEvent[] = [
  events.disconnectionComplete,
  events.encryptionChangeV1,
  events.encryptionKeyRefreshComplete,
  events.readRemoteVersionInformationComplete,
  events.hardwareError,
  events.dataBufferOverflow,
  events.leMeta,
];

const usedLe: readonly AnyEvent[] = [
  events.leConnectionComplete,
  events.leAdvertisingReport,
  events.leConnectionUpdateComplete,
  events.leLongTermKeyRequest,
  events.leReadRemoteFeaturesPage0Complete,
  events.leRemoteConnectionParameterRequest,
  events.leDataLengthChange,
  events.leEnhancedConnectionCompleteV1,
  events.leDirectedAdvertisingReport,
  events.lePhyUpdateComplete,
];

/**
 * Asks for the events that are used: Core Vol 4, Part E, 7.3.1 and 7.8.1. Of page 2 (7.3.69) none is, so that it stays as after a Reset.
 * @param more LE events that are used as well
 */
export async function setEventMasks(host: HciHost, more: readonly AnyEvent[]): Promise<void> {
  await ask(host, commands.setEventMask, { eventMask: maskOf(used) });
  await ask(host, commands.leSetEventMask, { leEventMask: maskOf([...usedLe, ...more]) });
}

function maskOf(list: readonly AnyEvent[]): bigint {
  return list.reduce((bits, { maskBit, name }) => {
    if (maskBit === undefined) throw new TypeError(`${name} has no bit in the event mask`);
    return bits | (1n << BigInt(maskBit));
  }, 0n);
}
