import { BdAddr } from '../../core/address.js';
import { HciError, TimeoutError, TransportError } from '../../core/errors.js';
import * as commands from '../commands/index.js';
import type { AnyCommand, AnyEvent } from '../definition.js';
import * as events from '../events/index.js';
import { hasLeFeature } from '../features.js';
import type { HciHost } from '../host.js';
import { hasCommand } from '../supported-commands.js';
import type { TransportOpened } from '../transport/transport.js';

/** What the controller is and can. */
export interface ControllerInfo {
  /** HCI version: 6 is Bluetooth 4.0, 8 is 4.2, 9 is 5.0, 13 is 5.4 (assigned numbers, 2.1). */
  readonly hciVersion: number;
  readonly hciSubversion: number;
  /** Company identifier of the manufacturer. */
  readonly companyIdentifier: number;
  readonly lmpVersion: number;
  readonly lmpSubversion: number;
  /** The Supported_Commands mask, 64 octets (Core Vol 4, Part E, 6.27). */
  readonly supportedCommands: Uint8Array;
  /** LMP features page 0, 8 octets (Core Vol 2, Part C, 3.3). */
  readonly features: Uint8Array;
  /** LE features page 0, 8 octets (Core Vol 6, Part B, 4.6). */
  readonly leFeatures: Uint8Array;
  /** The public address; all zeros where the chip has none. */
  readonly publicAddress: BdAddr;
  readonly aclDataLength: number;
  readonly aclDataPackets: number;
  /** What the controller sent before it answered: a boot log. */
  readonly bootText: string | undefined;
}

/** LMP feature bit 37, in octet 4: Core Vol 2, Part C, 3.3. */
const BR_EDR_NOT_SUPPORTED = 0x20;

/** Milliseconds that each HCI_Reset may take before it is sent again. */
const RESET_TIMEOUTS = [400, 400, 800, 1600];

/**
 * Brings an opened controller to a known state and learns what it is: Reset, version, supported commands, features,
 * buffers, address, event masks (Core Vol 6, Part D, 2).
 * @throws {TransportError} `NO_HCI` when HCI_Reset is not answered, or there is no LE
 * @throws {HciError} when the controller refuses what every LE controller has to do
 */
export async function bringUp(host: HciHost, opened: TransportOpened): Promise<ControllerInfo> {
  if (!opened.resetDone) await reset(host);
  const version = await optional(host.send(commands.readLocalVersionInformation, {}));
  const supported = await optional(host.send(commands.readLocalSupportedCommands, {}));
  // A controller that does not tell its commands is asked for the ones that all LE controllers have.
  const supportedCommands = supported?.supportedCommands.slice() ?? new Uint8Array(64).fill(0xff);
  const can = (command: AnyCommand) => hasCommand(supportedCommands, command);
  host.identify({
    companyIdentifier: version?.companyIdentifier ?? 0xffff,
    supportedCommands: supported && supportedCommands,
  });
  const features = can(commands.readLocalSupportedFeatures)
    ? await optional(host.send(commands.readLocalSupportedFeatures, {}))
    : undefined;
  const { leFeatures } = await host.send(commands.leReadLocalSupportedFeaturesPage0, {});
  const buffers = await readBuffers(host);
  host.acl.setBuffers({ length: buffers.aclDataLength, count: buffers.aclDataPackets });
  const address = await optional(host.send(commands.readBdAddr, {}));
  await enableLe(host, features?.lmpFeatures, can);
  await setEventMasks(host);
  if (
    can(commands.leWriteSuggestedDefaultDataLength) &&
    hasLeFeature(leFeatures, 'leDataPacketLengthExtension')
  ) {
    await optional(
      host.send(commands.leWriteSuggestedDefaultDataLength, {
        suggestedMaxTxOctets: 251,
        suggestedMaxTxTime: 2120,
      }),
    );
  }
  return {
    hciVersion: version?.hciVersion ?? 0,
    hciSubversion: version?.hciSubversion ?? 0,
    companyIdentifier: version?.companyIdentifier ?? 0xffff,
    lmpVersion: version?.lmpVersion ?? 0,
    lmpSubversion: version?.lmpSubversion ?? 0,
    supportedCommands,
    features: features?.lmpFeatures ?? new Uint8Array(8),
    leFeatures,
    publicAddress: address?.bdAddr ?? BdAddr.zero,
    ...buffers,
    bootText: opened.bootText,
  };
}

async function reset(host: HciHost): Promise<void> {
  for (const timeoutMs of RESET_TIMEOUTS) {
    try {
      await host.send(commands.reset, {}, { timeoutMs });
      return;
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }
  throw new TransportError(
    `${host.transport.name}: connected, but nothing answers HCI: HCI_Reset was sent ${RESET_TIMEOUTS.length} times. ` +
      'Is it an HCI controller (H4), and does nobody else use it?',
    'NO_HCI',
  );
}

/** What a command gives, or `undefined` when the controller refuses it. */
async function optional<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HciError) return undefined;
    throw error;
  }
}

async function readBuffers(host: HciHost): Promise<{ aclDataLength: number; aclDataPackets: number }> {
  const le = await optional(host.send(commands.leReadBufferSizeV1, {}));
  if (le && le.leAclDataPacketLength > 0 && le.totalNumLeAclDataPackets > 0) {
    return { aclDataLength: le.leAclDataPacketLength, aclDataPackets: le.totalNumLeAclDataPackets };
  }
  // Zero means that LE shares the buffers of BR/EDR (7.8.2).
  const shared = await host.send(commands.readBufferSize, {});
  return { aclDataLength: shared.aclDataPacketLength, aclDataPackets: shared.totalNumAclDataPackets };
}

/** On a dual-mode controller LE is off until the host says that it knows it: Write LE Host Support (7.3.79). */
async function enableLe(
  host: HciHost,
  lmpFeatures: Uint8Array | undefined,
  can: (command: AnyCommand) => boolean,
): Promise<void> {
  const brEdrNotSupported = lmpFeatures !== undefined && (lmpFeatures[4]! & BR_EDR_NOT_SUPPORTED) !== 0;
  if (brEdrNotSupported || lmpFeatures === undefined || !can(commands.writeLeHostSupport)) return;
  await optional(host.send(commands.writeLeHostSupport, { leSupportedHost: 1, unused: 0 }));
}

const used: readonly AnyEvent[] = [
  events.disconnectionComplete,
  events.readRemoteVersionInformationComplete,
  events.hardwareError,
  events.dataBufferOverflow,
  events.leMeta,
];

const usedLe: readonly AnyEvent[] = [
  events.leConnectionComplete,
  events.leAdvertisingReport,
  events.leConnectionUpdateComplete,
  events.leReadRemoteFeaturesPage0Complete,
  events.leDataLengthChange,
  events.leEnhancedConnectionCompleteV1,
  events.lePhyUpdateComplete,
];

/** Asks for the events that are used, and no others: what nobody handles is not sent. */
async function setEventMasks(host: HciHost): Promise<void> {
  const mask = (list: readonly AnyEvent[]) =>
    list.reduce((bits, { maskBit, name }) => {
      if (maskBit === undefined) throw new TypeError(`${name} has no bit in the event mask`);
      return bits | (1n << BigInt(maskBit));
    }, 0n);
  await optional(host.send(commands.setEventMask, { eventMask: mask(used) }));
  await optional(host.send(commands.leSetEventMask, { leEventMask: mask(usedLe) }));
}
