import { SimulatedClock } from '../../src/core/clock.js';
import { fromHex } from '../../src/core/hex.js';
import { AttBearer, type AttRequestReceiver } from '../../src/gatt/att/bearer.js';
import { AttOpcode } from '../../src/gatt/att/opcodes.js';
import { errorResponse } from '../../src/gatt/att/requests.js';
import { GattClient } from '../../src/gatt/client/client.js';
import { characteristic, service } from '../../src/gatt/server/definition.js';
import { GattServer } from '../../src/gatt/server/server.js';
import { channelPair } from './pdu-channel.js';

/** What a {@link ChangingServer} has. */
export interface ChangingServerOptions {
  /** Database Hash and Client Supported Features; true. */
  readonly robust?: boolean;
  /** Service Changed; true. */
  readonly serviceChanged?: boolean;
  /** Server Supported Features with the EATT bit. */
  readonly eatt?: boolean;
}

/**
 * A server whose database changes, with the Generic Attribute service by hand: its hash is what the test says. What it does
 * with clients that do not know of a change is Core Vol 3, Part G, 2.5.2.1, written here from the text.
 */
export class ChangingServer {
  readonly server = new GattServer();
  hash = '00112233445566778899aabbccddeeff';
  /** What clients wrote to Client Supported Features, by writes. */
  readonly features: number[] = [];
  private stored = 0;
  private readonly options: ChangingServerOptions;
  private readonly changed: { indicate(value: Uint8Array): Promise<void> } | undefined;

  constructor(options: ChangingServerOptions = {}) {
    this.options = options;
    const { robust = true, serviceChanged = true, eatt = false } = options;
    const none = {};
    const made = this.server.add(
      service(0x1801, {
        ...(serviceChanged ? { changed: characteristic(0x2a05, { indicate: true }) } : none),
        ...(robust
          ? {
              features: characteristic(0x2b29, {
                read: true,
                write: true,
                onRead: () => Uint8Array.of(this.stored),
                onWrite: ([bits]) => {
                  this.stored = bits!;
                  this.features.push(bits!);
                },
              }),
              hash: characteristic(0x2b2a, { read: true, onRead: () => fromHex(this.hash) }),
            }
          : none),
        ...(eatt ? { supported: characteristic(0x2b3a, { read: true, value: Uint8Array.of(1) }) } : none),
      }),
    );
    this.changed = made.characteristics['changed'];
  }

  /** Indicates Service Changed. */
  tell(startHandle: number, endHandle: number): Promise<void> {
    return this.changed!.indicate(
      Uint8Array.of(startHandle & 0xff, startHandle >> 8, endHandle & 0xff, endHandle >> 8),
    );
  }

  /** A link to it. `unaware` makes its client one that does not know of a change. */
  connect(mtu = 517) {
    const clock = new SimulatedClock();
    const reports: string[] = [];
    const report = (message: string) => void reports.push(message);
    const [left, right] = channelPair();
    const bearer = new AttBearer(left, { clock, mtu, report });
    const client = new GattClient(bearer);
    const link = { clock, client, reports, requests: left.sent, state: 'aware' as State, bearer };
    const serverBearer = new AttBearer(right, { clock, mtu, report });
    const { serve } = serverBearer;
    serverBearer.serve = (inner) => serve.call(serverBearer, this.guard(serverBearer, inner, link));
    const confirmed = serverBearer.pdu;
    serverBearer.pdu = (bytes, start, end) => {
      if (bytes[start] === AttOpcode.handleValueCfm) link.state = 'aware';
      confirmed.call(serverBearer, bytes, start, end);
    };
    const serverClient = this.server.connect(serverBearer, { report });
    return Object.assign(link, { serverClient });
  }

  private guard(bearer: AttBearer, inner: AttRequestReceiver, link: { state: State }): AttRequestReceiver {
    const { robust = true } = this.options;
    return {
      closed: (reason) => inner.closed(reason),
      request: (bytes, start, end) => {
        const opcode = bytes[start]!;
        const type = (bytes[end - 2] ?? 0) | ((bytes[end - 1] ?? 0) << 8);
        if (link.state !== 'aware' && robust && (this.stored & 1) !== 0) {
          if (opcode === AttOpcode.readByTypeReq && type === 0x2b2a) link.state = 'read the hash';
          else if (link.state === 'unaware') {
            // A command is passed over.
            if ((opcode & 0x40) === 0) {
              link.state = 'was told';
              bearer.send(
                errorResponse(opcode, (bytes[start + 1] ?? 0) | ((bytes[start + 2] ?? 0) << 8), 0x12),
              );
            }
            return;
          } else link.state = 'aware';
        }
        inner.request(bytes, start, end);
      },
    };
  }
}

type State = 'aware' | 'unaware' | 'was told' | 'read the hash';
