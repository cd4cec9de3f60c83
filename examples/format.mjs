// Python's way of printing bytes. Nothing here is Node's alone.
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

/** Octets, or a number, in hexadecimal: 112233eeddff, 180d. */
export function hex(value) {
  if (typeof value === 'number') return value.toString(16);
  return Array.from(value, (octet) => octet.toString(16).padStart(2, '0')).join('');
}
