import type { CommandHandler } from '../command-table.js';
import { advertisingCommands } from './advertising.js';
import { basebandCommands } from './baseband.js';
import { broadcastStreamCommands } from './broadcast-streams.js';
import { connectedStreamCommands } from './connected-streams.js';
import { connectionCommands } from './connections.js';
import { directTestCommands } from './direct-test.js';
import { extendedAdvertisingCommands } from './extended-advertising.js';
import { extendedInitiatingCommands } from './extended-initiating.js';
import { extendedScanningCommands } from './extended-scanning.js';
import { hostFeatureCommands } from './host-feature.js';
import { hostFlowCommands } from './host-flow.js';
import { informationCommands } from './information.js';
import { linkManagementCommands } from './link-management.js';
import { packetCommands } from './packets.js';
import { periodicAdvertisingCommands } from './periodic-advertising.js';
import { periodicResponseCommands } from './periodic-responses.js';
import { periodicSyncCommands } from './periodic-sync.js';
import { privacyCommands } from './privacy.js';
import { scanningCommands } from './scanning.js';
import { securityCommands } from './security.js';
import { streamDataCommands } from './stream-data.js';
import { syncTransferCommands } from './sync-transfer.js';
import { zephyrCommands } from './zephyr.js';

/** Every command that the virtual controller implements. */
export const allCommands: readonly CommandHandler[] = [
  ...basebandCommands,
  ...hostFlowCommands,
  ...informationCommands,
  ...advertisingCommands,
  ...extendedAdvertisingCommands,
  ...scanningCommands,
  ...extendedScanningCommands,
  ...extendedInitiatingCommands,
  ...periodicAdvertisingCommands,
  ...periodicSyncCommands,
  ...periodicResponseCommands,
  ...syncTransferCommands,
  ...privacyCommands,
  ...connectionCommands,
  ...packetCommands,
  ...linkManagementCommands,
  ...securityCommands,
  ...connectedStreamCommands,
  ...broadcastStreamCommands,
  ...streamDataCommands,
  ...hostFeatureCommands,
  ...directTestCommands,
  ...zephyrCommands,
];
