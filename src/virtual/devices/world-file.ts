import * as z from 'zod/mini';
import { checkDescription } from './check-description.js';
import { deviceOf } from './described-device.js';
import { type DeviceBasics, type DeviceSpec, misbehaviourOf, placeOf, simulatedDevice } from './kinds.js';
import type { SimulatedDevice } from './simulated-device.js';
import type { WorldOptions } from './world.js';
import { worldSchema } from './world-schema.js';

/**
 * The options of the world that a world file declares.
 * @param json its content: text, or what `JSON.parse` gave
 * @param name what messages call it
 * @param readFile gives the text of a file that the field `file` of a description names
 * @throws {TypeError} with the path of the wrong field, and what is wanted there
 */
export function worldFromJson(
  json: unknown,
  name = 'world file',
  readFile?: (path: string) => string,
): WorldOptions {
  const content = typeof json === 'string' ? parse(json, name) : json;
  const result = z.safeParse(worldSchema, content);
  if (!result.success) throw new TypeError(`${name}: ${describe(result.error.issues[0]!, content)}`);
  const { seed, propagation, conditions, devices } = result.data;
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(propagation ? { propagation: propagation as NonNullable<WorldOptions['propagation']> } : {}),
    ...(conditions ? { conditions: conditions as NonNullable<WorldOptions['conditions']> } : {}),
    ...(devices ? { devices: made(devices as readonly Declared[], name, readFile) } : {}),
  };
}

/** A device by its description: in the world file, or in a file of its own. */
type DescribedSpec = Pick<DeviceBasics, 'position' | 'txPower' | 'presence' | 'misbehaviours' | 'faults'> & {
  readonly kind: 'description';
  readonly description?: unknown;
  readonly file?: string;
};

type Declared = DeviceSpec | DescribedSpec;
type ReadFile = ((path: string) => string) | undefined;

function made(specs: readonly Declared[], name: string, readFile: ReadFile): SimulatedDevice[] {
  const devices: SimulatedDevice[] = [];
  for (const [i, spec] of specs.entries()) {
    let device: SimulatedDevice;
    try {
      device = spec.kind === 'description' ? described(spec, readFile) : simulatedDevice(spec);
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

function described(spec: DescribedSpec, readFile: ReadFile): SimulatedDevice {
  const { description, file, position, txPower, presence, misbehaviours, faults } = spec;
  if ((description === undefined) === (file === undefined)) {
    throw new TypeError('description: either a description or the file of one is wanted');
  }
  if (file !== undefined && !readFile) {
    throw new TypeError('file: whoever gave this world reads no files: put the description in its place');
  }
  const content = file === undefined ? description : parse(readFile!(file), file);
  const device = deviceOf(checkDescription(content, file === undefined ? 'description' : file), {
    position: placeOf(position),
    ...(txPower === undefined ? {} : { txPower }),
    ...(presence ? { presence } : {}),
  });
  return {
    ...device,
    ...(misbehaviours ? { misbehaviours: misbehaviours.map(misbehaviourOf) } : {}),
    ...(faults ? { faults } : {}),
  };
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
  return `${path || 'the whole'}: ${missing}${wanted(issue)}`;
}

const kinds: Readonly<Record<string, string>> = { array: 'a list', object: 'an object', string: 'text' };

/** What an issue says that has no message of its own: of lists and objects. */
function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || issue.message !== 'Invalid input') return issue.message;
  return `${kinds[issue.expected] ?? issue.expected} is wanted`;
}

/** What stands at a path. */
function at(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value: unknown, key) => (value as Record<PropertyKey, unknown> | null)?.[key], content);
}
