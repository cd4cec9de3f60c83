/** Why cases are left out: patterns of their names, `*` for anything, and the reason. */
export interface LeftOut {
  readonly names: readonly string[];
  readonly reason: string;
}
export const leftOut: readonly LeftOut[];
export function caseOf(name: string): string | undefined;
export function reasonsFor(
  known: readonly string[],
  entries?: readonly LeftOut[],
): { readonly reasons: ReadonlyMap<string, string>; readonly wrong: readonly string[] };
