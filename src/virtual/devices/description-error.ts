import { BleError } from '../../core/errors.js';

/** What is not right in the description of a device. */
export class DescriptionError extends BleError {
  readonly code = 'DEVICE_DESCRIPTION';
  /** Where it stands: `services.0.characteristics.1.uuid`; empty for the whole. */
  readonly path: string;

  constructor(path: string, message: string, options?: { readonly cause?: unknown }) {
    super(`${path === '' ? 'the description' : path}: ${message}`, options);
    this.path = path;
  }
}
