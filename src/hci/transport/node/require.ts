import { createRequire } from 'node:module';

/** Loads a CommonJS package by require: Node's loader of ES modules would take twice as long to look through its exports. */
export function load<Module>(name: string): Module {
  return createRequire(import.meta.url)(name) as Module;
}
