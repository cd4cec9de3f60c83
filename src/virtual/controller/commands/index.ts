import type { CommandHandler } from '../command-table.js';
import { advertisingCommands } from './advertising.js';
import { basebandCommands } from './baseband.js';
import { connectionCommands } from './connections.js';
import { hostFlowCommands } from './host-flow.js';
import { informationCommands } from './information.js';
import { packetCommands } from './packets.js';
import { scanningCommands } from './scanning.js';
import { zephyrCommands } from './zephyr.js';

/** Every command that the virtual controller implements. */
export const allCommands: readonly CommandHandler[] = [
  ...basebandCommands,
  ...hostFlowCommands,
  ...informationCommands,
  ...advertisingCommands,
  ...scanningCommands,
  ...connectionCommands,
  ...packetCommands,
  ...zephyrCommands,
];
