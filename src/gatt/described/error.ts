import { BleError } from '../../core/errors.js';

/** What is not right in the description of services. */
export class ServiceDescriptionError extends BleError {
  readonly code = 'SERVICE_DESCRIPTION';
  /** Where it stands: `0.characteristics.1.uuid`; empty for the whole. */
  readonly path: string;

  constructor(path: string, message: string, options?: { readonly cause?: unknown }) {
    super(`${path === '' ? 'the services' : path}: ${message}`, options);
    this.path = path;
  }
}
