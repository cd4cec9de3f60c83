import { type Fields, meaning, rest, u8 } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { smpPduByCode } from '../smp/decode.js';
import type { DecodeContext } from './context.js';
import { type Layer, pduLayer } from './layer.js';

const code = /* @__PURE__ */ meaning(u8, { hex: true });

/** An SMP packet, `bytes[start, end)`, for a reader. */
export function smpLayer(
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  context: DecodeContext,
): Layer {
  const definition = start < end ? smpPduByCode(bytes[start]!) : undefined;
  const name = definition?.name ?? (start < end ? `packet ${hexCode(bytes[start]!)}` : 'empty packet');
  const declared: Fields = { code, ...(definition?.parameters.fields ?? { parameters: rest }) };
  const fields = context.plain.fields(declared, bytes, start, end, origin);
  return pduLayer('smp', `SMP ${name}`, fields, start - origin, end - start);
}
