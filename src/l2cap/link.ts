import type { Clock } from '../core/clock.js';
import type { BleError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import type { AclLink, AclManager } from '../hci/acl.js';
import type { AclLinkReceiver } from '../hci/acl-reassembler.js';
import { FixedChannel } from './fixed-channel.js';
import { type ConnectionParameterRequest, Signalling } from './signalling.js';
import { Cid } from './signalling-pdus.js';

/** What an {@link L2capLink} needs from the layer above. */
export interface L2capLinkOptions {
  readonly clock: Clock;
  readonly role: 'central' | 'peripheral';
  /** Told of frames that make no sense. */
  readonly report: (message: string) => void;
  /** As a central: whether to take the parameters that the peripheral asks for, and to bring them about. */
  readonly onParameterRequest: (request: ConnectionParameterRequest) => boolean;
}

/** The L2CAP channels of one LE connection: Core Vol 3, Part A. */
export class L2capLink implements AclLinkReceiver {
  readonly acl: AclLink;
  readonly signalling: Signalling;
  /** Frames for channels that do not exist, dropped as 3.1 says of fixed channels that are not supported. */
  strayFrames = 0;
  private readonly channels = new Map<number, FixedChannel>();
  private readonly report: (message: string) => void;
  /** The channel of the last frame: most frames are ATT's. */
  private att: FixedChannel | undefined;

  constructor(manager: AclManager, handle: number, options: L2capLinkOptions) {
    this.report = options.report;
    this.acl = manager.attach(handle, this);
    this.signalling = new Signalling(this.openFixed(Cid.signalling), options);
  }

  /** Opens a fixed channel; one that is open already is given back. */
  openFixed(cid: number): FixedChannel {
    let channel = this.channels.get(cid);
    if (!channel) {
      channel = new FixedChannel(this.acl, cid);
      this.channels.set(cid, channel);
      if (cid === Cid.att) this.att = channel;
    }
    return channel;
  }

  /** For the ACL layer: one frame came. */
  frame(cid: number, bytes: Uint8Array, start: number, end: number): void {
    if (cid === Cid.att && this.att) {
      this.att.deliver(bytes, start, end);
      return;
    }
    const channel = this.channels.get(cid);
    if (channel) channel.deliver(bytes, start, end);
    else {
      this.strayFrames++;
      this.report(`a frame came on channel ${hexCode(cid, 4)}, which is not open`);
    }
  }

  /** Ends all channels with `reason`. */
  close(reason: BleError): void {
    for (const channel of this.channels.values()) channel.close(reason);
    this.channels.clear();
    this.att = undefined;
  }
}
