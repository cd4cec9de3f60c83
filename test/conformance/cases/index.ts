import type { Case } from '../bench.js';
import { advertisingCases } from './advertising.js';
import { broadcastCases } from './broadcast.js';
import { connectionCases } from './connections.js';
import { encryptionCases } from './encryption.js';
import { extendedAdvertisingCases } from './extended-advertising.js';
import { hostFlowCases } from './host-flow.js';
import { informationCases } from './information.js';
import { linkProcedureCases } from './link-procedures.js';
import { periodicAdvertisingCases } from './periodic-advertising.js';
import { privacyCases } from './privacy.js';
import { streamCases } from './streams.js';

/** Everything that is asked of a controller. */
export const cases: readonly Case[] = [
  ...informationCases,
  ...advertisingCases,
  ...extendedAdvertisingCases,
  ...periodicAdvertisingCases,
  ...connectionCases,
  ...linkProcedureCases,
  ...encryptionCases,
  ...hostFlowCases,
  ...privacyCases,
  ...streamCases,
  ...broadcastCases,
];
