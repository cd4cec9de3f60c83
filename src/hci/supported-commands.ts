import type { AnyCommand } from './definition.js';

/** Whether a Supported_Commands mask (Core Vol 4, Part E, 6.27) has a command. One without a bit of its own counts as supported. */
export function hasCommand(mask: Uint8Array, command: AnyCommand): boolean {
  if (!command.supported) return true;
  const [octet, bit] = command.supported;
  return ((mask[octet] ?? 0) & (1 << bit)) !== 0;
}
