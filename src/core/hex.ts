const digits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Octets as lower-case hexadecimal, `separator` between them. */
export function toHex(bytes: Uint8Array, separator = ''): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += (i > 0 ? separator : '') + digits[bytes[i]!];
  return text;
}

/**
 * Octets from hexadecimal text; spaces, colons, hyphens and line ends between octets are passed over.
 * @throws {RangeError} when a character is no hexadecimal digit or an octet is half there
 */
export function fromHex(text: string): Uint8Array {
  const clean = text.replace(/[\s:-]/g, '');
  if (clean.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(clean)) {
    throw new RangeError(`not hexadecimal octets: ${JSON.stringify(text.slice(0, 40))}`);
  }
  const bytes = new Uint8Array(clean.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(clean.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** A code as `0x` and at least `width` hexadecimal digits, upper case, as the specification prints them. */
export function hexCode(value: number, width = 2): string {
  return `0x${value.toString(16).toUpperCase().padStart(width, '0')}`;
}

/** Whether two octet strings are the same. Not constant-time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** All the octets, one after another. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
