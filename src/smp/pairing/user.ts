import { type Keypress, keypresses } from './delegate.js';
import { PairingReason, type PairingReasonCode, refused } from './failure.js';
import { type Agreement, keypressesAreTold, type PairingSession } from './session.js';
import { SmpCode } from './smp-code.js';

/** What is asked of the user, and what comes of it when the answer is no, or none. */

/** Shows a passkey. The user is not waited for: the other device is where something happens. */
export function displayWith(session: PairingSession, agreement: Agreement, passkey: number): void {
  const { delegate, policy } = session.parts;
  const fail = (error?: unknown) =>
    session.end(because(PairingReason.passkeyEntryFailed, 'the passkey could not be displayed', error));
  if (!delegate.displayPasskey) {
    // One that is fixed may be printed on the device.
    if (policy.passkey === undefined) fail();
    return;
  }
  try {
    Promise.resolve(delegate.displayPasskey(passkey, session.context(agreement))).catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** Asks for a passkey. */
export async function enterWith(session: PairingSession, agreement: Agreement): Promise<number> {
  const { delegate } = session.parts;
  const told = keypressesAreTold(agreement);
  const context = {
    ...session.context(agreement),
    keypress: (what: Keypress) => {
      const value = keypresses.indexOf(what);
      if (told && value >= 0) session.send(SmpCode.keypressNotification, Uint8Array.of(value));
    },
  };
  const reason = PairingReason.passkeyEntryFailed;
  const passkey = await asked(session, reason, 'no passkey could be entered', () =>
    delegate.enterPasskey?.(context),
  );
  if (passkey === undefined) throw refused(reason, 'no passkey was entered');
  if (!Number.isInteger(passkey) || passkey < 0 || passkey > 999_999)
    throw refused(reason, 'what was entered is no passkey of six digits');
  return passkey;
}

/** Asks whether both sides show the same. */
export async function compareWith(
  session: PairingSession,
  agreement: Agreement,
  value: number,
): Promise<void> {
  const reason = PairingReason.numericComparisonFailed;
  const same = await asked(session, reason, 'the user could not be asked', () =>
    session.parts.delegate.compare?.(value, session.context(agreement)),
  );
  if (same !== true) throw refused(reason, 'the numbers were not confirmed');
}

/** Asks whether to pair with a peer that wants to. */
export async function confirmWith(session: PairingSession, agreement: Agreement): Promise<void> {
  const { delegate } = session.parts;
  if (!delegate.confirm) return;
  // Whoever makes dialogues appear has to wait between them.
  session.counts = true;
  const reason = PairingReason.unspecified;
  const wanted = await asked(session, reason, 'the user could not be asked', () =>
    delegate.confirm!(session.context(agreement)),
  );
  if (wanted !== true) throw refused(reason, 'the user does not want to pair');
}

async function asked<T>(
  session: PairingSession,
  reason: PairingReasonCode,
  what: string,
  work: () => T | Promise<T>,
): Promise<T> {
  return session.ask(async () => {
    try {
      return await work();
    } catch (error) {
      throw because(reason, what, error);
    }
  });
}

function because(reason: PairingReasonCode, what: string, error: unknown) {
  return refused(
    reason,
    error === undefined ? what : `${what}: ${error instanceof Error ? error.message : String(error)}`,
  );
}
