import type * as z from 'zod/mini';

/** A part of zod's issues: what is looked at here. */
type Issue = z.core.$ZodIssue;

/** Says what is wrong, and where. */
export type Refuse = (path: string, message: string) => never;

/** A path of its parts, those that there are. */
export function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('.');
}

/** The issue that tells most: of a choice, that of the kind which was meant. */
export function explain(issue: Issue): { readonly path: string; readonly message: string } {
  const path = issue.path.join('.');
  if (issue.code === 'invalid_union') {
    // One kind that the value has at all: its issue is deeper, or not about the kind.
    const meant = issue.errors.find(
      ([first]) => first && (first.path.length > 0 || first.code !== 'invalid_type'),
    );
    if (meant) {
      const inner = explain(meant[0]!);
      return { path: joined(path, inner.path), message: inner.message };
    }
  }
  if (issue.code === 'unrecognized_keys') {
    return { path: joined(path, issue.keys[0]!), message: 'there is no such field' };
  }
  if (issue.code === 'invalid_type' && issue.message === 'Invalid input') {
    return { path, message: `${issue.expected === 'array' ? 'a list' : `an ${issue.expected}`} is wanted` };
  }
  return { path, message: issue.message };
}
