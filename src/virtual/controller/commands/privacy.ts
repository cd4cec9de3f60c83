import { Address, BdAddr } from '../../../core/address.js';
import {
  leAddDeviceToResolvingList,
  leClearResolvingList,
  leReadLocalResolvableAddress,
  leReadPeerResolvableAddress,
  leReadResolvingListSize,
  leRemoveDeviceFromResolvingList,
  leSetAddressResolutionEnable,
  leSetPrivacyMode,
  leSetResolvablePrivateAddressTimeoutV1,
} from '../../../hci/commands/index.js';
import { LeFeature } from '../../link-layer/features.js';
import { irkOf } from '../../link-layer/privacy/address-resolver.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';

const privacy = { feature: LeFeature.llPrivacy };
/** RPA_Timeout in seconds: Core Vol 4, Part E, 7.8.45. */
const LONGEST_TIMEOUT = 0xa1b8;

/** An identity address of a peer, or the status that refuses it. */
function identity(type: number, address: BdAddr): Address | undefined {
  return type > 1 ? undefined : new Address(address, type);
}

/** Whether something on the air goes by the resolving list now, so that it may not change. */
function isBusy({ linkLayer }: CommandContext): boolean {
  return linkLayer.privacy.enabled && linkLayer.usesAddresses;
}

/** The resolving list and private addresses: Core Vol 4, Part E, 7.8.38 to 7.8.45 and 7.8.77. */
export const privacyCommands: readonly CommandHandler[] = [
  implement(
    leAddDeviceToResolvingList,
    (context, p) => {
      const peer = identity(p.peerIdentityAddressType, p.peerIdentityAddress);
      if (!peer) return HciStatus.invalidParameters;
      if (isBusy(context)) return HciStatus.commandDisallowed;
      const { privacy } = context.linkLayer;
      const peerIrk = irkOf(p.peerIrk);
      if (privacy.list.find(peer) || (peerIrk && privacy.list.hasPeerIrk(peerIrk))) {
        return HciStatus.invalidParameters;
      }
      if (privacy.list.isFull) return HciStatus.memoryCapacityExceeded;
      privacy.list.add(peer, peerIrk, irkOf(p.localIrk));
      privacy.changed();
      return {};
    },
    privacy,
  ),
  implement(
    leRemoveDeviceFromResolvingList,
    (context, p) => {
      const peer = identity(p.peerIdentityAddressType, p.peerIdentityAddress);
      if (!peer) return HciStatus.invalidParameters;
      if (isBusy(context)) return HciStatus.commandDisallowed;
      const { privacy } = context.linkLayer;
      if (!privacy.list.remove(peer)) return HciStatus.unknownConnectionIdentifier;
      privacy.changed();
      return {};
    },
    privacy,
  ),
  implement(
    leClearResolvingList,
    (context) => {
      if (isBusy(context)) return HciStatus.commandDisallowed;
      context.linkLayer.privacy.list.clear();
      context.linkLayer.privacy.changed();
      return {};
    },
    privacy,
  ),
  implement(
    leReadResolvingListSize,
    ({ linkLayer }) => ({ resolvingListSize: linkLayer.privacy.list.capacity }),
    privacy,
  ),
  implement(
    leReadPeerResolvableAddress,
    ({ linkLayer }, { peerIdentityAddressType, peerIdentityAddress }) => {
      const peer = identity(peerIdentityAddressType, peerIdentityAddress);
      if (!peer) return HciStatus.invalidParameters;
      const entry = linkLayer.privacy.list.find(peer);
      if (!entry) return HciStatus.unknownConnectionIdentifier;
      return { peerResolvableAddress: (entry.peerRpa ?? entry.targetRpa)?.bd ?? BdAddr.zero };
    },
    privacy,
  ),
  implement(
    leReadLocalResolvableAddress,
    ({ linkLayer }, { peerIdentityAddressType, peerIdentityAddress }) => {
      const peer = identity(peerIdentityAddressType, peerIdentityAddress);
      if (!peer) return HciStatus.invalidParameters;
      if (!linkLayer.privacy.list.find(peer)) return HciStatus.unknownConnectionIdentifier;
      return { localResolvableAddress: linkLayer.privacy.localRpa(peer)?.bd ?? BdAddr.zero };
    },
    privacy,
  ),
  implement(
    leSetAddressResolutionEnable,
    ({ linkLayer }, { addressResolutionEnable }) => {
      if (addressResolutionEnable > 1) return HciStatus.invalidParameters;
      if (linkLayer.usesAddresses) return HciStatus.commandDisallowed;
      linkLayer.privacy.enabled = addressResolutionEnable === 1;
      return {};
    },
    privacy,
  ),
  implement(
    leSetResolvablePrivateAddressTimeoutV1,
    ({ linkLayer }, { rpaTimeout }) => {
      if (rpaTimeout < 1 || rpaTimeout > LONGEST_TIMEOUT) return HciStatus.invalidParameters;
      linkLayer.privacy.timeout = rpaTimeout;
      linkLayer.privacy.restartTimers();
      return {};
    },
    privacy,
  ),
  implement(
    leSetPrivacyMode,
    (context, { peerIdentityAddressType, peerIdentityAddress, privacyMode }) => {
      const peer = identity(peerIdentityAddressType, peerIdentityAddress);
      if (!peer || privacyMode > 1) return HciStatus.invalidParameters;
      if (isBusy(context)) return HciStatus.commandDisallowed;
      const entry = context.linkLayer.privacy.list.find(peer);
      if (!entry) return HciStatus.unknownConnectionIdentifier;
      entry.mode = privacyMode;
      return {};
    },
    privacy,
  ),
];
