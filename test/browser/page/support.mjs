// Stands in for examples/support.mjs, which is Node's: what an example prints looks the same.

/** Octets as Python prints them: b'\x06H'. A number is printed as it is. */
export function show(value) {
  if (!(value instanceof Uint8Array)) return String(value);
  const escapes = { 9: '\\t', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };
  const text = Array.from(value, (octet) => {
    if (octet in escapes) return escapes[octet];
    return octet >= 0x20 && octet < 0x7f
      ? String.fromCharCode(octet)
      : `\\x${octet.toString(16).padStart(2, '0')}`;
  });
  return `b'${text.join('')}'`;
}

/** A number in hexadecimal. */
export const hex = (value) => value.toString(16);

/** The page starts the example itself. */
export const start = () => {};
