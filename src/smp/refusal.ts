import { frameOf, type PduChannel } from '../core/frame.js';
import { hexCode } from '../core/hex.js';

/** The codes that this file knows: Core Vol 3, Part H, 3.3. */
const Code = { pairingRequest: 0x01, pairingFailed: 0x05, securityRequest: 0x0b } as const;
/** Why pairing failed: 3.5.5. */
const Reason = { pairingNotSupported: 0x05, commandNotSupported: 0x07 } as const;

/** What {@link refusePairing} needs to know of the link. */
export interface RefusalOptions {
  readonly role: 'central' | 'peripheral';
  /** Told of what the peer asked for. */
  readonly report: (message: string) => void;
}

/**
 * Answers for a device that does not pair: the peer is told at once, and need not wait 30 s for its timeout. A central's
 * Pairing Request and a peripheral's Security Request get Pairing Failed with Pairing Not Supported (Core Vol 3,
 * Part H, 2.4.6 and 3.5.5); either from the wrong side gets Command Not Supported; all else is passed over.
 */
export function refusePairing(channel: PduChannel, { role, report }: RefusalOptions): void {
  const expected = role === 'peripheral' ? Code.pairingRequest : Code.securityRequest;
  channel.attach({
    pdu: (bytes, start, end) => {
      const code = start < end ? bytes[start]! : undefined;
      if (code !== Code.pairingRequest && code !== Code.securityRequest) {
        if (code !== Code.pairingFailed) {
          const what =
            code === undefined ? 'an empty SMP packet' : `an SMP packet of code ${hexCode(code, 2)}`;
          report(`${what} came while nobody pairs, and was dropped`);
        }
        return;
      }
      const reason = code === expected ? Reason.pairingNotSupported : Reason.commandNotSupported;
      channel.send(frameOf(Uint8Array.of(Code.pairingFailed, reason)));
      report('the peer wants to pair and was refused: pairing is not supported yet');
    },
    closed: () => {},
  });
}
