import { BdAddr } from '../../core/address.js';
import { outsideOf } from '../../core/clock.js';
import { HciError, TimeoutError, TransportError } from '../../core/errors.js';
import * as commands from '../commands/index.js';
import type { AnyEvent } from '../definition.js';
import { hasLeFeature, type LeFeatureName } from '../features.js';
import type { HciHost } from '../host.js';
import type { TransportOpened } from '../transport/transport.js';
import { ask, demand } from './ask.js';
import type { AdvertisingCommands, ControllerInfo } from './controller-info.js';
import { setEventMasks } from './event-masks.js';
import { readFirmware } from './firmware.js';

export type { ControllerInfo } from './controller-info.js';

/** LMP feature bit 37, in octet 4: Core Vol 2, Part C, 3.3. */
const BR_EDR_NOT_SUPPORTED = 0x20;
/** An address of all ones comes from chips whose address was never programmed. */
const BLANK = /* @__PURE__ */ BdAddr.fromWire(new Uint8Array(6).fill(0xff));

/** Milliseconds that each HCI_Reset may take before it is sent again. */
const RESET_TIMEOUTS = [400, 400, 800, 1600];

/** Options of {@link bringUp}. */
export interface BringUpOptions {
  /**
   * Lets the controller send no more ACL data than this before the host has taken it (Core Vol 4, Part E, 4.2). Off
   * without: a host on a real computer takes it as fast as it comes.
   */
  readonly hostFlowControl?: { readonly aclDataLength: number; readonly aclDataPackets: number };
  /** The kind of commands that will advertise, scan and initiate; `auto`: extended ones where the controller has them. Default `legacy`. */
  readonly advertisingCommands?: AdvertisingCommands | 'auto';
}

/**
 * Brings an opened controller to a known state and learns what it is: Reset, version, supported commands, features,
 * buffers, address, vendor's facts, event masks (Core Vol 6, Part D, 2). It may be done again on the same host, after a
 * restart.
 * @throws {TransportError} `NO_HCI` when HCI_Reset is not answered, or there is no LE
 * @throws {HciError} when the controller refuses what every LE controller has to do
 * @throws {TimeoutError} when it does not answer that, twice
 */
export async function bringUp(
  host: HciHost,
  opened: TransportOpened,
  options: BringUpOptions = {},
): Promise<ControllerInfo> {
  if (!opened.resetDone) await reset(host);
  const version = await ask(host, commands.readLocalVersionInformation, {});
  const supported = await ask(host, commands.readLocalSupportedCommands, {});
  const companyIdentifier = version?.companyIdentifier ?? 0xffff;
  // A controller that does not tell its commands is asked for the ones that all LE controllers have.
  const supportedCommands = supported?.supportedCommands.slice() ?? new Uint8Array(64).fill(0xff);
  host.identify({ companyIdentifier, supportedCommands: supported && supportedCommands });
  const lmpFeatures = (await ask(host, commands.readLocalSupportedFeatures, {}))?.lmpFeatures;
  const leFeatures = await readLeFeatures(host);
  const buffers = await readBuffers(host);
  host.acl.setBuffers({ length: buffers.aclDataLength, count: buffers.aclDataPackets });
  host.iso.setBuffers({ length: buffers.isoDataLength, count: buffers.isoDataPackets });
  const address = (await ask(host, commands.readBdAddr, {}))?.bdAddr ?? BdAddr.zero;
  const dualMode = lmpFeatures !== undefined && (lmpFeatures[4]! & BR_EDR_NOT_SUPPORTED) === 0;
  // On a dual-mode controller LE is off until the host says that it knows it (7.3.79).
  if (dualMode) await ask(host, commands.writeLeHostSupport, { leSupportedHost: 1, unused: 0 });
  const facts = {
    companyIdentifier,
    hciVersion: version?.hciVersion ?? 0,
    lmpSubversion: version?.lmpSubversion ?? 0,
  };
  const vendor = await readFirmware(host, facts);
  const states = await ask(host, commands.leReadSupportedStates, {});
  const acceptList = await ask(host, commands.leReadFilterAcceptListSize, {});
  const resolvingList = hasLeFeature(leFeatures, 'llPrivacy')
    ? await ask(host, commands.leReadResolvingListSize, {})
    : undefined;
  const later = await forLater(host, leFeatures, options.advertisingCommands ?? 'legacy');
  await setEventMasks(host, later.events);
  if (hasLeFeature(leFeatures, 'leDataPacketLengthExtension')) {
    await ask(host, commands.leWriteSuggestedDefaultDataLength, {
      suggestedMaxTxOctets: 251,
      suggestedMaxTxTime: 2120,
    });
  }
  if (options.hostFlowControl) await controlFlow(host, options.hostFlowControl);
  return {
    ...facts,
    hciSubversion: version?.hciSubversion ?? 0,
    lmpVersion: version?.lmpVersion ?? 0,
    firmware: vendor.firmware,
    supportedCommands,
    features: lmpFeatures?.slice() ?? new Uint8Array(8),
    dualMode,
    leFeatures,
    leStates: states?.leStates.slice(),
    publicAddress: address.equals(BLANK) ? BdAddr.zero : address,
    staticAddresses: vendor.staticAddresses,
    ...buffers,
    filterAcceptListSize: acceptList?.filterAcceptListSize,
    resolvingListSize: resolvingList?.resolvingListSize,
    ...later.facts,
    bootText: opened.bootText,
    portIdentity: opened.identity,
    portSettings: opened.settings,
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

/** All pages where the controller has more than one; else page 0, which it has to have. */
async function readLeFeatures(host: HciHost): Promise<Uint8Array> {
  let page0: Uint8Array;
  try {
    page0 = (await demand(host, commands.leReadLocalSupportedFeaturesPage0, {})).leFeatures.slice();
  } catch (error) {
    if (!(error instanceof HciError)) throw error;
    throw new TransportError(
      `${host.transport.name}: the controller has no Bluetooth Low Energy (${error.message}). Another dongle is needed, of Bluetooth 4.0 or later`,
      'NO_HCI',
      { cause: error },
    );
  }
  if (!hasLeFeature(page0, 'llExtendedFeatureSet')) return page0;
  const all = await ask(host, commands.leReadAllLocalSupportedFeatures, {});
  return all?.leFeatures.slice() ?? page0;
}

/** Those features that controllers have since Bluetooth 5: what is to be known of them, and the events that they bring. */
const LATER: readonly LeFeatureName[] = [
  'leExtendedAdvertising',
  'lePathLossMonitoring',
  'lePowerControlRequest',
  'connectionSubrating',
];

type AdvertisingFacts = Pick<
  ControllerInfo,
  'advertisingCommands' | 'maxAdvertisingDataLength' | 'advertisingSets' | 'periodicAdvertiserListSize'
>;

const LEGACY: AdvertisingFacts = {
  advertisingCommands: 'legacy',
  maxAdvertisingDataLength: 31,
  advertisingSets: 1,
  periodicAdvertiserListSize: undefined,
};

async function forLater(
  host: HciHost,
  leFeatures: Uint8Array,
  wish: AdvertisingCommands | 'auto',
): Promise<{ readonly facts: AdvertisingFacts; readonly events: readonly AnyEvent[] }> {
  if (wish !== 'extended' && !LATER.some((feature) => hasLeFeature(leFeatures, feature)))
    return { facts: LEGACY, events: [] };
  const { eventsOf, hasExtendedCommands, readAdvertisingLimits, setHostFeatures } = await outsideOf(
    host.clock,
    import('./extended.js'),
  );
  await setHostFeatures(host, leFeatures);
  const extended = wish === 'extended' || (wish === 'auto' && hasExtendedCommands(host, leFeatures));
  const facts: AdvertisingFacts = extended
    ? { advertisingCommands: 'extended', ...(await readAdvertisingLimits(host)) }
    : LEGACY;
  return { facts, events: eventsOf({ leFeatures, ...facts }) };
}

interface Buffers {
  readonly aclDataLength: number;
  readonly aclDataPackets: number;
  readonly isoDataLength: number;
  readonly isoDataPackets: number;
}

/** Version 2 tells of ISO data as well. Without buffers of its own, LE shares those of BR/EDR (7.8.2). */
async function readBuffers(host: HciHost): Promise<Buffers> {
  const v2 = await ask(host, commands.leReadBufferSizeV2, {});
  const iso = {
    isoDataLength: v2?.isoDataPacketLength ?? 0,
    isoDataPackets: v2?.totalNumIsoDataPackets ?? 0,
  };
  const le = v2 ?? (await ask(host, commands.leReadBufferSizeV1, {}));
  if (le && le.leAclDataPacketLength > 0 && le.totalNumLeAclDataPackets > 0) {
    return { aclDataLength: le.leAclDataPacketLength, aclDataPackets: le.totalNumLeAclDataPackets, ...iso };
  }
  const shared = await demand(host, commands.readBufferSize, {});
  return { aclDataLength: shared.aclDataPacketLength, aclDataPackets: shared.totalNumAclDataPackets, ...iso };
}

/** In this order only: controllers take the second for granted once it is on (esp-idf#479). */
async function controlFlow(
  host: HciHost,
  { aclDataLength, aclDataPackets }: NonNullable<BringUpOptions['hostFlowControl']>,
): Promise<void> {
  await host.send(commands.hostBufferSize, {
    hostAclDataPacketLength: aclDataLength,
    hostSynchronousDataPacketLength: 0,
    hostTotalNumAclDataPackets: aclDataPackets,
    hostTotalNumSynchronousDataPackets: 0,
  });
  await host.send(commands.setControllerToHostFlowControl, { flowControlEnable: 1 });
}
