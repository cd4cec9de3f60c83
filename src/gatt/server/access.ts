import { checkFunction, checkInteger, checkKeys, checkOneOf } from '../../core/check.js';
import type { Access } from './attribute.js';

/** Access for everybody. */
export const openAccess: Access = Object.freeze({});

/** The access that an option stands for. */
export function accessOf(option: boolean | Access | undefined): Access | undefined {
  if (option === undefined || option === false) return undefined;
  return option === true ? openAccess : option;
}

/**
 * Checks what an option says of an access: what is misspelt would leave open what was to be closed.
 * @throws {RangeError | TypeError} naming what is wrong
 */
export function checkAccess(option: string, given: unknown): void {
  if (given === undefined || typeof given === 'boolean') return;
  checkKeys(option, given, ['level', 'keySize', 'authorize']);
  const { level, keySize, authorize } = given as Access;
  if (level !== undefined) checkOneOf(`${option}.level`, level, [1, 2, 3, 4]);
  if (keySize !== undefined) checkInteger(`${option}.keySize`, keySize, 7, 16);
  checkFunction(`${option}.authorize`, authorize);
}

/** Whether two say the same. */
export function isSameAccess(a: Access, b: Access): boolean {
  return a === b || (a.level === b.level && a.keySize === b.keySize && a.authorize === b.authorize);
}

/** What several ask for, together. */
export function together(accesses: readonly Access[]): Access {
  const levels = accesses.flatMap(({ level }) => level ?? []);
  const keySizes = accesses.flatMap(({ keySize }) => keySize ?? []);
  const asked = new Set(accesses.flatMap(({ authorize }) => authorize ?? []));
  const [first, ...others] = asked;
  if (levels.length + keySizes.length === 0 && !first) return openAccess;
  return {
    ...(levels.length > 0 ? { level: Math.max(...levels) as NonNullable<Access['level']> } : {}),
    ...(keySizes.length > 0 ? { keySize: Math.max(...keySizes) } : {}),
    ...(first && others.length === 0 ? { authorize: first } : {}),
    ...(others.length > 0
      ? {
          authorize: async (client) => {
            for (const authorize of asked) if (!(await authorize(client))) return false;
            return true;
          },
        }
      : {}),
  };
}
