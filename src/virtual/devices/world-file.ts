import * as z from 'zod/mini';
import { type DeviceSpec, simulatedDevice } from './kinds.js';
import type { SimulatedDevice } from './simulated-device.js';
import type { WorldOptions } from './world.js';
import { worldSchema } from './world-schema.js';

/**
 * The options of the world that a world file declares.
 * @param json its content: text, or what `JSON.parse` gave
 * @param name what messages call it
 * @throws {TypeError} with the path of the wrong field, and what is wanted there
 */
export function worldFromJson(json: unknown, name = 'world file'): WorldOptions {
  const content = typeof json === 'string' ? parse(json, name) : json;
  const result = z.safeParse(worldSchema, content);
  if (!result.success) throw new TypeError(`${name}: ${describe(result.error.issues[0]!, content)}`);
  const { seed, propagation, conditions, devices } = result.data;
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(propagation ? { propagation: propagation as NonNullable<WorldOptions['propagation']> } : {}),
    ...(conditions ? { conditions: conditions as NonNullable<WorldOptions['conditions']> } : {}),
    ...(devices ? { devices: made(devices as readonly DeviceSpec[], name) } : {}),
  };
}

function made(specs: readonly DeviceSpec[], name: string): SimulatedDevice[] {
  const devices: SimulatedDevice[] = [];
  for (const [i, spec] of specs.entries()) {
    let device: SimulatedDevice;
    try {
      device = simulatedDevice(spec);
    } catch (error) {
      // What only the builder knows: a URL that is too long, a character that no key has.
      throw new TypeError(`${name}: devices.${i}.${(error as Error).message}`, { cause: error });
    }
    for (const field of ['name', 'address'] as const) {
      const other = devices.findIndex((one) => one[field] === device[field]);
      if (other >= 0) {
        throw new TypeError(
          `${name}: devices.${i}.${field}: ${JSON.stringify(device[field])} is taken by devices.${other}`,
        );
      }
    }
    devices.push(device);
  }
  return devices;
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError(`${name}: no JSON: ${(error as Error).message}`, { cause: error });
  }
}

function describe(issue: z.core.$ZodIssue, content: unknown): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return `${[path, issue.keys[0]].filter(Boolean).join('.')}: no such field`;
  }
  const missing = at(content, issue.path) === undefined ? 'missing; ' : '';
  return `${path || 'the whole'}: ${missing}${issue.message}`;
}

/** What stands at a path. */
function at(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value: unknown, key) => (value as Record<PropertyKey, unknown> | null)?.[key], content);
}
