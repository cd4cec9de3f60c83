import type { Personality } from '../personality.js';
import { bluetooth40Personality, csr8510Personality } from './bluetooth-4.0.js';
import { esp32Personality } from './esp32.js';
import { fullPersonality, smallBuffersPersonality } from './full.js';
import { softdevicePersonality } from './softdevice.js';
import { zephyrPersonality } from './zephyr.js';

export { bluetooth40Personality, csr8510Personality } from './bluetooth-4.0.js';
export { esp32Personality } from './esp32.js';
export { fullPersonality, smallBuffersPersonality } from './full.js';
export { softdevicePersonality } from './softdevice.js';
export { zephyrPersonality } from './zephyr.js';

/** The personalities that come with it, by name. */
export const personalities: Readonly<Record<string, Personality>> = Object.fromEntries(
  [
    fullPersonality,
    smallBuffersPersonality,
    zephyrPersonality,
    softdevicePersonality,
    esp32Personality,
    csr8510Personality,
    bluetooth40Personality,
  ].map((one) => [one.name, one]),
);
