import {
  type ControlPdu,
  llEncReq,
  llEncRsp,
  llPauseEncReq,
  llPauseEncRsp,
  llStartEncReq,
  llStartEncRsp,
} from './control-pdu.js';
import { EncryptionPhase, type SessionHalf } from './encryption.js';
import { LeFeature, supports } from './features.js';
import type { ControlHandler, LinkControl, Procedure } from './link-control.js';
import { HciStatus } from './status.js';

/** What LE Enable Encryption gives: Core Vol 4, Part E, 7.8.24. */
export interface EncryptionRequest {
  readonly randomNumber: bigint;
  readonly encryptedDiversifier: number;
  /** 16 octets, least significant first. */
  readonly longTermKey: Uint8Array;
}

function newHalf({ host }: LinkControl): SessionHalf {
  return { skd: host.random.fill(new Uint8Array(8)), iv: host.random.fill(new Uint8Array(4)) };
}

/** Encryption Start procedure, by the central, after an Encryption Pause where it is encrypted: Core Vol 6, Part B, 5.1.3. */
export class EncryptionStart implements Procedure {
  request: number = llEncReq.opcode;
  readonly hasInstant = false;
  private readonly keys: EncryptionRequest;

  constructor(keys: EncryptionRequest) {
    this.keys = keys;
  }

  begin(control: LinkControl): void {
    const { encryption } = control;
    encryption.refreshes = encryption.isOn;
    encryption.enter(EncryptionPhase.asked);
    if (!encryption.refreshes) this.ask(control);
    else {
      this.request = llPauseEncReq.opcode;
      control.send(llPauseEncReq, {});
    }
  }

  private ask(control: LinkControl): void {
    const half = newHalf(control);
    const { randomNumber, encryptedDiversifier } = this.keys;
    control.encryption.setHalves(half, undefined);
    this.request = llEncReq.opcode;
    control.send(llEncReq, {
      rand: randomNumber,
      ediv: encryptedDiversifier,
      skdC: half.skd,
      ivC: half.iv,
    });
  }

  received(control: LinkControl, opcode: number, body: unknown): void {
    const { encryption } = control;
    const { phase } = encryption;
    if (opcode === llPauseEncRsp.opcode && phase === EncryptionPhase.asked && encryption.rx) {
      encryption.tx = undefined;
      encryption.rx = undefined;
      control.connection.payloadTimeout.stop();
      control.send(llPauseEncRsp, {});
      this.ask(control);
    } else if (opcode === llEncRsp.opcode && phase === EncryptionPhase.asked && !encryption.rx) {
      const { skdP, ivP } = body as { skdP: Uint8Array; ivP: Uint8Array };
      encryption.setPeripheralHalf({ skd: skdP.slice(), iv: ivP.slice() });
      encryption.enter(EncryptionPhase.waitsForKey);
    } else if (opcode === llStartEncReq.opcode && phase === EncryptionPhase.waitsForKey) {
      const { fromCentral, fromPeripheral } = encryption.session(this.keys.longTermKey);
      encryption.tx = fromCentral;
      encryption.rx = fromPeripheral;
      encryption.enter(EncryptionPhase.starts);
      control.send(llStartEncRsp, {});
    } else if (opcode === llStartEncRsp.opcode && phase === EncryptionPhase.starts) {
      settled(control, HciStatus.success);
      control.finish();
    }
  }

  rejected(control: LinkControl, errorCode: number): void {
    settled(control, errorCode);
  }
}

/** Tells the host that encryption is on or has a new key, or why not, and goes on with everything else. */
function settled(control: LinkControl, status: number): void {
  const { events } = control.host;
  if (control.encryption.refreshes) events.encryptionKeyRefreshed(control.connection, status);
  else events.encryptionChanged(control.connection, status);
  control.settleEncryption();
  const { encryption, connection, host } = control;
  if (encryption.isOn) connection.payloadTimeout.start(host.air.agenda.now);
}

/** For the peripheral: the central wants to encrypt. */
function answerRequest(
  control: LinkControl,
  { rand, ediv, skdC, ivC }: { rand: bigint; ediv: number; skdC: Uint8Array; ivC: Uint8Array },
): void {
  const { encryption, host, connection } = control;
  if (!supports(host.features, LeFeature.leEncryption)) {
    control.reject(llEncReq.opcode, HciStatus.unsupportedRemoteFeature);
    return;
  }
  // An encrypted connection is paused first.
  if (encryption.rx) {
    control.reject(llEncReq.opcode, HciStatus.pduNotAllowed);
    return;
  }
  const half = newHalf(control);
  encryption.setHalves({ skd: skdC.slice(), iv: ivC.slice() }, half);
  encryption.enter(EncryptionPhase.waitsForKey);
  control.send(llEncRsp, { skdP: half.skd, ivP: half.iv });
  // Who is not told of the request cannot give a key.
  if (!host.events.longTermKeyRequested(connection, rand, ediv)) refuseKey(control);
}

/** For the peripheral: its host gives the key, 16 octets, least significant first. @returns whether it was asked for one */
export function provideKey(control: LinkControl, longTermKey: Uint8Array): boolean {
  const { encryption } = control;
  if (control.isCentral || encryption.phase !== EncryptionPhase.waitsForKey) return false;
  const { fromCentral, fromPeripheral } = encryption.session(longTermKey);
  encryption.rx = fromCentral;
  encryption.txNext = fromPeripheral;
  encryption.enter(EncryptionPhase.starts);
  control.expectAnswer();
  control.send(llStartEncReq, {});
  return true;
}

/** For the peripheral: its host has no key. @returns whether it was asked for one */
export function refuseKey(control: LinkControl): boolean {
  const { encryption } = control;
  if (control.isCentral || encryption.phase !== EncryptionPhase.waitsForKey) return false;
  // What was encrypted does not go on in clear: Core Vol 6, Part B, 5.1.3.1.
  if (encryption.refreshes) control.terminate(HciStatus.pinOrKeyMissing);
  else {
    control.reject(llEncReq.opcode, HciStatus.pinOrKeyMissing);
    control.settleEncryption();
  }
  return true;
}

function on<P>(
  pdu: ControlPdu<P>,
  role: 'central' | 'peripheral' | undefined,
  handle: (control: LinkControl, body: P) => void,
): ControlHandler {
  return {
    pdu: pdu as ControlPdu<unknown>,
    handle: (control, body) => handle(control, body as P),
    // Without the feature, LL_ENC_REQ is rejected, and nothing else of this is known.
    conditions: { ...(role && { role }), ...(pdu !== llEncReq && { feature: LeFeature.leEncryption }) },
  };
}

/** The peripheral's answers to the PDUs of encryption; those of the central are in {@link EncryptionStart}. */
export const encryptionHandlers: readonly ControlHandler[] = [
  on(llEncReq, 'peripheral', answerRequest),
  on(llEncRsp, 'central', () => {}),
  on(llStartEncReq, 'central', () => {}),
  on(llStartEncRsp, undefined, (control) => {
    const { encryption } = control;
    if (control.isCentral || encryption.phase !== EncryptionPhase.starts) return;
    encryption.tx = encryption.txNext;
    // The central expects nothing else before it.
    control.sendFirst(llStartEncRsp, {});
    settled(control, HciStatus.success);
  }),
  on(llPauseEncReq, 'peripheral', (control) => {
    const { encryption, connection } = control;
    if (!encryption.isOn) {
      control.reject(llPauseEncReq.opcode, HciStatus.pduNotAllowed);
      return;
    }
    encryption.refreshes = true;
    encryption.enter(EncryptionPhase.pauses);
    control.send(llPauseEncRsp, {});
    // What comes is in clear from now on; what goes, when the central has answered.
    encryption.rx = undefined;
    connection.payloadTimeout.stop();
    control.expectAnswer();
  }),
  on(llPauseEncRsp, undefined, (control) => {
    const { encryption } = control;
    if (control.isCentral || encryption.phase !== EncryptionPhase.pauses) return;
    encryption.tx = undefined;
    encryption.enter(EncryptionPhase.paused);
  }),
];
