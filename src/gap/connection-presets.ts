import type { ConnectionParameters } from './connection-parameters.js';

/**
 * Connection parameters for usual purposes, for the option `parameters` of `Device.connect` and for `updateParameters`:
 *
 * | | interval | peripheral sleeps through | supervision timeout | for |
 * | --- | --- | --- | --- | --- |
 * | `lowLatency` | 7.5–15 ms | nothing | 4 s | transfers, keyboards and games; costs both sides the most |
 * | `balanced` | 30–50 ms | nothing | 5 s | what people wait for |
 * | `lowPower` | 100–125 ms | 2 events | 6 s | sensors, links that are kept for hours |
 *
 * A peripheral answers within `intervalMaxMs * (1 + latency)`: 15, 50 and 375 ms; a lost link is noticed after the timeout.
 */
export const connectionPresets = {
  lowLatency: { intervalMinMs: 7.5, intervalMaxMs: 15, latency: 0, supervisionTimeoutMs: 4000 },
  balanced: { intervalMinMs: 30, intervalMaxMs: 50, latency: 0, supervisionTimeoutMs: 5000 },
  lowPower: { intervalMinMs: 100, intervalMaxMs: 125, latency: 2, supervisionTimeoutMs: 6000 },
} as const satisfies Record<string, Required<ConnectionParameters>>;
