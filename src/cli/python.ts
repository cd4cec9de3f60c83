/** Octets that Python writes in a way of their own. */
const escapes: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 39: "\\'", 92: '\\\\' };

/** Octets as Python prints them, which is how the Pycom documentation shows values: `b'\x06H'`; a number as it is. */
export function pythonText(value: number | Uint8Array): string {
  if (typeof value === 'number') return String(value);
  let text = '';
  for (const octet of value) {
    if (escapes[octet] !== undefined) text += escapes[octet];
    else if (octet >= 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\x${octet.toString(16).padStart(2, '0')}`;
  }
  return `b'${text}'`;
}
