import type { SessionStart } from './agreement.js';
import { agreeAsInitiator, agreeAsResponder } from './agreement.js';
import { distributeKeys } from './distribution.js';
import { securityLevel } from './encryption-key.js';
import { legacyPhase2 } from './legacy.js';
import type { Pairing } from './link.js';
import { secureConnectionsPhase2 } from './secure-connections.js';
import type { Agreement, PairingSession } from './session.js';

/** All three phases of pairing: Core Vol 3, Part H, 2.1. `agreed` is called between the first and the second. */
export async function pair(
  session: PairingSession,
  start: SessionStart,
  agreed: (agreement: Agreement) => void,
): Promise<Pairing> {
  const agreement =
    start.request === undefined
      ? await agreeAsInitiator(session, start)
      : await agreeAsResponder(session, start, start.request);
  session.agreement = agreement;
  agreed(agreement);
  const { secureConnections, method } = agreement;
  const key = secureConnections
    ? await secureConnectionsPhase2(session, agreement)
    : await legacyPhase2(session, agreement);
  await session.encrypt(key);
  const keys = await distributeKeys(session, agreement, key);
  await session.ask(() => session.parts.link.delivered?.());
  return {
    method,
    secureConnections,
    level: securityLevel(key),
    bonded: agreement.bonding,
    encryption: key,
    keys,
    rePairing: session.parts.policy.rePairing,
  };
}
