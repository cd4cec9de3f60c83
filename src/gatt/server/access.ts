import type { Access } from './attribute.js';

/** Access for everybody. */
export const openAccess: Access = Object.freeze({});

/** The access that an option stands for. */
export function accessOf(option: boolean | Access | undefined): Access | undefined {
  if (option === undefined || option === false) return undefined;
  return option === true ? openAccess : option;
}
