import { checkInteger } from '../core/check.js';
import { characteristic, type GattServer, GenericAttribute, service } from '../gatt/index.js';

/** What the Generic Access service says of the device: Core Vol 3, Part C, 12. */
export interface GapServiceOptions {
  /** Device Name; `bluewire`. */
  readonly name?: string;
  /** Appearance, a number of the assigned numbers, 2.6; 0, unknown. */
  readonly appearance?: number;
}

/** The services that every GATT server has, as far as a program may change them. */
export interface GapServices {
  /** The Device Name in UTF-8; up to 248 octets. */
  name: string;
}

const encoder = new TextEncoder();

/** Adds Generic Access and Generic Attribute to a server, at the first handles. */
export function gapServices(server: GattServer, options: GapServiceOptions): GapServices {
  const appearance = checkInteger('appearance', options.appearance ?? 0, 0, 0xffff);
  let name = options.name ?? 'bluewire';
  const access = server.add(
    service(0x1800, {
      deviceName: characteristic(0x2a00, { read: true, value: encodeName(name) }),
      appearance: characteristic(0x2a01, {
        read: true,
        value: Uint8Array.of(appearance & 0xff, appearance >> 8),
      }),
    }),
  );
  new GenericAttribute(server);
  return {
    get name() {
      return name;
    },
    set name(value: string) {
      access.characteristics.deviceName.value = encodeName(value);
      name = value;
    },
  };
}

function encodeName(name: string): Uint8Array {
  const octets = encoder.encode(name);
  if (octets.length > 248)
    throw new RangeError(`name: ${octets.length} octets are not permitted; up to 248 are`);
  return octets;
}
