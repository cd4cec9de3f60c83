import { checkFunction, checkInteger, checkKeys, checkOneOf } from '../core/check.js';
import { StateError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import { type LinkSecurity, SecurityLevel, type SecurityLevelCode } from '../core/security.js';
import type { ChannelMode, CreditChannel } from './credit-channel.js';
import { ConnectionResult } from './signalling-pdus.js';

/** What this side takes on a channel. */
export interface ChannelOptions {
  /** The largest SDU in octets, 23–65535, in enhanced mode 64–65535; 2048. */
  readonly mtu?: number;
  /** The largest payload of a K-frame in octets, 23–65533, in enhanced mode 64–65533; 1000, four Data PDUs of the longest kind. */
  readonly mps?: number;
  /**
   * How many K-frames the peer may send before anything is read, 1–65535; 64. With {@link mps} it bounds what an unread channel
   * keeps.
   */
  readonly credits?: number;
}

/** What a link has to have before a channel is opened. */
export interface ChannelSecurity {
  /** The lowest level of LE security mode 1 (Core Vol 3, Part C, 10.2.1): see {@link SecurityLevel}. */
  readonly level?: SecurityLevelCode;
  /** The shortest encryption key in octets, 7–16; asked for with a level over 1. */
  readonly keySize?: number;
}

/** Options of a {@link ChannelServer}. */
export interface ChannelServerOptions<Context = unknown> extends ChannelOptions {
  /** The protocol: 0x0001–0x007F as the SIG assigned it, 0x0080–0x00FF; the first that is free of the latter. */
  readonly spsm?: number;
  /** The modes to accept; both. */
  readonly modes?: readonly ChannelMode[];
  /** The smallest MTU of a peer that is of use, in octets: others are refused with unacceptable parameters; what the mode permits. */
  readonly minMtu?: number;
  /** How many channels a link may have on this SPSM, 1–64; 64. */
  readonly maxChannels?: number;
  readonly security?: ChannelSecurity;
  /** Asked about each request, after everything else: whether the peer on that link is authorised. */
  readonly authorize?: (request: ChannelRequest<Context>) => boolean | Promise<boolean>;
}

/** A request that waits for authorisation. */
export interface ChannelRequest<Context = unknown> {
  readonly spsm: number;
  readonly mode: ChannelMode;
  /** How many channels are asked for. */
  readonly count: number;
  /** What the link that it came on was told of itself: see `L2capLinkOptions.context`. */
  readonly context: Context;
}

/**
 * Takes a channel that a peer opened, with the context of its link. Where it gives a promise, what ends that with the channel, or
 * with the link, is a diagnostic; other errors of it are thrown apart.
 */
export type ChannelHandler<Context = unknown> = (channel: CreditChannel, context: Context) => void;

/** An SPSM that is served. */
export interface ChannelServer extends Disposable {
  readonly spsm: number;
  /** Frees the SPSM: channels that are open stay so. Idempotent. */
  close(): void;
}

/** A server as links see it, with all its options filled in. @internal */
export interface RegisteredServer<Context = never> {
  readonly spsm: number;
  readonly modes: readonly ChannelMode[];
  readonly mtu: number;
  readonly mps: number;
  readonly credits: number;
  readonly minMtu: number;
  readonly maxChannels: number;
  readonly security: ChannelSecurity;
  readonly authorize: ChannelServerOptions<Context>['authorize'];
  readonly handler: ChannelHandler<Context>;
}

/** The smallest MTU and MPS that each mode permits: Core Vol 3, Part A, 4.22, 4.25. */
export const smallest: Readonly<Record<ChannelMode, number>> = { leCreditBased: 23, enhancedCreditBased: 64 };
/** Dynamic SPSMs: 4.22, table 4.19. */
const DYNAMIC_FIRST = 0x0080;
const DYNAMIC_LAST = 0x00ff;

const bothModes: readonly ChannelMode[] = ['leCreditBased', 'enhancedCreditBased'];
const sizeOptions = ['mtu', 'mps', 'credits'];
const serverOptions = [...sizeOptions, 'spsm', 'modes', 'minMtu', 'maxChannels', 'security', 'authorize'];

/** Checks and fills in what this side takes. @throws {RangeError} */
export function channelSizes(options: ChannelOptions, least: number) {
  const { mtu = 2048, mps = Math.min(1000, Math.max(least, mtu)), credits = 64 } = options;
  checkInteger('mtu', mtu, least, 0xffff);
  checkInteger('mps', mps, least, 0xfffd);
  checkInteger('credits', credits, 1, 0xffff);
  return { mtu, mps, credits };
}

/** Where a link looks for who serves an SPSM. */
export type ServerLookup = Pick<ChannelServers<never>, 'get'>;

/** The SPSMs that a device serves, on all its links. */
export class ChannelServers<Context = unknown> {
  private readonly servers = new Map<number, RegisteredServer<Context>>();

  /**
   * Serves an SPSM: each channel that a peer opens on it is given to `handler`.
   * @throws {RangeError | TypeError} when an option is wrong
   * @throws {StateError} when the SPSM is served already, or no dynamic one is free
   */
  listen(handler: ChannelHandler<Context>, options: ChannelServerOptions<Context> = {}): ChannelServer {
    const server = this.checked(handler, options);
    const { spsm } = server;
    this.servers.set(spsm, server);
    const close = () => {
      if (this.servers.get(spsm) === server) this.servers.delete(spsm);
    };
    return { spsm, close, [Symbol.dispose]: close };
  }

  /** @internal Who serves an SPSM. */
  get(spsm: number): RegisteredServer<Context> | undefined {
    return this.servers.get(spsm);
  }

  private checked(
    handler: ChannelHandler<Context>,
    options: ChannelServerOptions<Context>,
  ): RegisteredServer<Context> {
    if (typeof handler !== 'function')
      throw new TypeError('listen: a function that takes channels is wanted');
    checkKeys('listen', options, serverOptions);
    const { modes = bothModes, security = {}, authorize } = options;
    if (!Array.isArray(modes) || modes.length === 0) throw new TypeError('modes: a list of modes is wanted');
    for (const mode of modes) checkOneOf('modes', mode, bothModes);
    // A misspelt demand would let everybody in.
    checkKeys('security', security, ['level', 'keySize']);
    checkFunction('authorize', authorize);
    const least = modes.includes('enhancedCreditBased') && modes.length === 1 ? 64 : 23;
    const sizes = channelSizes(options, least);
    // What serves both modes has to be of use in both.
    const { minMtu = 23, maxChannels = 64 } = options;
    checkInteger('minMtu', minMtu, 23, 0xffff);
    checkInteger('maxChannels', maxChannels, 1, 64);
    if (security.level !== undefined) checkInteger('security.level', security.level, 1, 4);
    if (security.keySize !== undefined) checkInteger('security.keySize', security.keySize, 7, 16);
    const spsm = this.free(options.spsm);
    return { spsm, modes, ...sizes, minMtu, maxChannels, security, authorize, handler };
  }

  private free(wanted: number | undefined): number {
    if (wanted !== undefined) {
      checkInteger('spsm', wanted, 1, DYNAMIC_LAST);
      if (this.servers.has(wanted))
        throw new StateError(`listen: SPSM ${hexCode(wanted, 4)} is served already`);
      return wanted;
    }
    for (let spsm = DYNAMIC_FIRST; spsm <= DYNAMIC_LAST; spsm++) {
      if (!this.servers.has(spsm)) return spsm;
    }
    throw new StateError('listen: every dynamic SPSM is served already');
  }
}

/**
 * The result that refuses a channel on a link that is not secure enough; `undefined` when it is (Core Vol 3, Part C, 10.3.1): who
 * has a key is asked to encrypt, who has none, or none of that level, to pair.
 */
export function refusalOf(
  { level = 1, keySize = 0 }: ChannelSecurity,
  link: LinkSecurity,
): number | undefined {
  const { none, secureConnections } = SecurityLevel;
  const wantsKey = level > none || keySize > 0;
  if (!wantsKey) return undefined;
  if (link.level === none)
    return link.bonded
      ? ConnectionResult.insufficientEncryption
      : ConnectionResult.insufficientAuthentication;
  if (link.level < level) return ConnectionResult.insufficientAuthentication;
  // Security mode 1 level 4 is defined by a key of 128 bits.
  const octets = level === secureConnections ? 16 : keySize;
  return link.keySize < octets ? ConnectionResult.keySizeTooShort : undefined;
}
