import * as z from 'zod/mini';
import type { Port } from '../port.js';
import { checkPort } from '../port-options.js';

/** Which controller a port string means. */
export interface UsbSelection {
  /** The n-th of the controllers, from 0. */
  readonly index?: number | undefined;
  readonly vendorId?: number | undefined;
  readonly productId?: number | undefined;
  readonly serialNumber?: string | undefined;
  /** Where it is plugged in, `1-2.3`: bus, then the ports from the root hub on. */
  readonly location?: string | undefined;
}

/** For messages: the forms of USB port strings. */
export const usbForm =
  'usb: (the only controller), usb:0 (the first), usb:2fe3:000b (vendor and product), usb:0a12:0001?serial=XYZ, or usb:1-2.3 (bus and ports)';

const ID = /^([0-9a-f]{4}):([0-9a-f]{4})(?:\/(.+))?$/i;
const LOCATION = /^\d{1,3}-\d{1,3}(\.\d{1,3})*$/;

/** Made at the first use: building a schema takes longer than using it. */
const schema = () =>
  z.strictObject({
    target: z
      .string()
      .check(
        z.refine(
          (text) => text === '' || /^\d{1,3}$/.test(text) || ID.test(text) || LOCATION.test(text),
          'nothing, a number, vid:pid in hexadecimal, or bus-port is wanted',
        ),
      ),
    serial: z.optional(
      z.string('a serial number is wanted').check(z.minLength(1, 'a serial number is wanted')),
    ),
  });

/**
 * Reads a USB port string.
 * @throws {TransportError} `PORT_SPEC`, with the right form
 */
export function usbSelection(port: Port): UsbSelection {
  const { target, serial } = checkPort(port, usbForm, schema());
  const id = ID.exec(target);
  if (id) {
    return {
      vendorId: Number.parseInt(id[1]!, 16),
      productId: Number.parseInt(id[2]!, 16),
      serialNumber: serial ?? id[3],
    };
  }
  const base = { serialNumber: serial };
  if (target === '') return base;
  return target.includes('-') ? { ...base, location: target } : { ...base, index: Number(target) };
}
