import { checkBytes } from '../../core/check.js';
import { StateError } from '../../core/errors.js';
import { FRAME_HEADROOM, frameOf } from '../../core/frame.js';
import { concatBytes, hexCode } from '../../core/hex.js';
import { Mutex } from '../../core/mutex.js';
import { type DataSigning, type LinkSecurity, SecurityLevel } from '../../core/security.js';
import type { AttBearer } from '../att/bearer.js';
import { AttOpcode } from '../att/opcodes.js';
import { handlePdu } from '../att/requests.js';

/** What a client may know of the security of its link. */
export interface ClientLink {
  /** The link's security as it is; none without. */
  readonly security?: () => LinkSecurity;
  /** Signs what is written with a signature. */
  readonly signing?: Pick<DataSigning, 'sign'>;
}

/** Opcode, handle and signature. */
const OVERHEAD = 15;

/** Signed Write Commands: Core Vol 3, Part F, 3.4.5.4. */
export class SignedWrites {
  private readonly bearer: AttBearer;
  private readonly link: ClientLink;
  /** A server takes counters in their order only. */
  private readonly turn = new Mutex();

  constructor(bearer: AttBearer, link: ClientLink) {
    this.bearer = bearer;
    this.link = link;
  }

  /** @returns `undefined` where a signature has no place: on an encrypted link (Part G, 4.9.2) */
  write(handle: number, value: Uint8Array): Promise<void> | undefined {
    const { bearer, link } = this;
    checkBytes('value', value, 0, bearer.mtu - OVERHEAD);
    if ((link.security?.().level ?? SecurityLevel.none) > SecurityLevel.none) return undefined;
    const signed = handlePdu(AttOpcode.signedWriteCmd, handle, value).slice(FRAME_HEADROOM);
    return this.turn.run(async () => {
      if (!link.signing) throw new StateError('writeSigned: nobody signs on this link');
      const signature = await link.signing.sign(signed);
      bearer.trace?.(`writeSigned(${hexCode(handle, 4)}, ${value.length} octets) →`);
      await bearer.sendPaced(frameOf(concatBytes(signed, signature)));
    });
  }
}
