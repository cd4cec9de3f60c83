import { type Fields, meaning, rest, u8 } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { smpPduByCode } from '../smp/decode.js';
import type { DecodeContext } from './context.js';
import { type Layer, pduLayer } from './layer.js';
import type { Span } from './span.js';

const code = /* @__PURE__ */ meaning(u8, { hex: true });

/** An SMP packet for a reader. */
export function smpLayer(span: Span, context: DecodeContext): Layer {
  const first = span.octet(0);
  const definition = first === undefined ? undefined : smpPduByCode(first);
  const name = definition?.name ?? (first === undefined ? 'empty packet' : `packet ${hexCode(first)}`);
  const declared: Fields = { code, ...(definition?.parameters.fields ?? { parameters: rest }) };
  return pduLayer('smp', `SMP ${name}`, context.plain.fields(declared, span), span);
}
