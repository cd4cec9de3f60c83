import type { CommandHandler } from '../command-table.js';
import { advertisingCommands } from './advertising.js';
import { basebandCommands } from './baseband.js';
import { connectionCommands } from './connections.js';
import { informationCommands } from './information.js';
import { packetCommands } from './packets.js';
import { scanningCommands } from './scanning.js';

/** Every command that the virtual controller implements. */
export const allCommands: readonly CommandHandler[] = [
  ...basebandCommands,
  ...informationCommands,
  ...advertisingCommands,
  ...scanningCommands,
  ...connectionCommands,
  ...packetCommands,
];
