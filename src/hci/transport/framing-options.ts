import * as z from 'zod/mini';
import { TransportError } from '../../core/errors.js';
import type { FramingOptions } from '../framing/framing.js';
import { flag, wholeNumber } from './port-options.js';

/** The options of a port string that say how packets lie in its stream. */
export const framingFields = () => ({
  framing: z.optional(z.enum(['h4', 'h5'], { error: 'h4 or h5 is wanted' })),
  h5: z.optional(flag()),
  window: z.optional(wholeNumber(1, 7)),
  crc: z.optional(flag()),
  oof: z.optional(flag()),
});

interface FramingFields {
  readonly framing?: 'h4' | 'h5' | undefined;
  readonly h5?: boolean | undefined;
  readonly window?: number | undefined;
  readonly crc?: boolean | undefined;
  readonly oof?: boolean | undefined;
}

/**
 * The framing that the options of a port string ask for.
 * @throws {TransportError} `PORT_SPEC` when they contradict each other
 */
export function framingOf({ framing, h5, window, crc, oof }: FramingFields): FramingOptions {
  const chosen = framing ?? (h5 ? 'h5' : 'h4');
  if (h5 !== undefined && h5 !== (chosen === 'h5'))
    throw new TransportError(`framing=${chosen} and h5 contradict each other`, 'PORT_SPEC');
  const ofH5 = { window, crc, oof };
  const stray = Object.entries(ofH5).find(([, value]) => value !== undefined);
  if (chosen === 'h4' && stray)
    throw new TransportError(`${stray[0]} is an option of H5 (three-wire): add h5`, 'PORT_SPEC');
  return {
    framing: chosen,
    ...(window === undefined ? {} : { window }),
    ...(crc === undefined ? {} : { crc }),
    ...(oof === undefined ? {} : { flowControl: oof }),
  };
}

/** For messages: the options of {@link framingFields}. */
export const framingForm = 'h5 with window=1…7, crc=on|off, oof=on|off';
