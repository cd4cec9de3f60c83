import type { AnyCommand } from './definition.js';

const READ_LOCAL_SUPPORTED_COMMANDS = 0x1002;

/** Whether a Supported_Commands mask (Core Vol 4, Part E, 6.27) has a command. One without a bit of its own counts as supported. */
export function hasCommand(mask: Uint8Array, command: AnyCommand): boolean {
  // A mask comes from this command, and Zephyr's controllers do not set its bit all the same.
  if (!command.supported || command.opcode === READ_LOCAL_SUPPORTED_COMMANDS) return true;
  const [octet, bit] = command.supported;
  return ((mask[octet] ?? 0) & (1 << bit)) !== 0;
}
