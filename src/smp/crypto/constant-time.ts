/**
 * Whether two values of the same length are equal, in a time that does not tell where they differ. Values of different
 * lengths are not equal; that much may be seen.
 */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
