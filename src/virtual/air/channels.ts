/** The primary advertising channels: Core Vol 6, Part B, 1.4.1. */
export const advertisingChannels: readonly number[] = [37, 38, 39];

/** How many channels there are: 0–36 for data and secondary advertising, 37–39 for primary advertising. */
export const CHANNELS = 40;

/** The centre of a channel in MHz: Core Vol 6, Part B, 1.4.1. */
export function frequency(channel: number): number {
  if (channel === 37) return 2402;
  if (channel === 38) return 2426;
  if (channel === 39) return 2480;
  return channel <= 10 ? 2404 + 2 * channel : 2428 + 2 * (channel - 11);
}
