import { hexCode } from '../../core/hex.js';
import * as events from '../events/index.js';
import type { HciHost } from '../host.js';
import { zephyrCompanies } from '../vendor/zephyr.js';

/** The vendor event by which Zephyr's controller tells of a failed assertion, after which it is silent. */
const ZEPHYR_ASSERTION = 0xaa;

/**
 * Reports, as diagnostics, what the controller tells of its own troubles: Hardware Error (Core Vol 4, Part E, 7.7.16),
 * Data Buffer Overflow (7.7.26) and, from Zephyr's controllers, a failed assertion with its file and line.
 */
export function watchFaults(host: HciHost, companyIdentifier: number): void {
  const report = (message: string) => host.report({ layer: 'hci', message });
  host.onEvent(events.hardwareError, ({ hardwareCode }) =>
    report(
      `the controller reports a hardware error, code ${hexCode(hardwareCode, 2)}: reset it, or power it off and on`,
    ),
  );
  host.onEvent(events.dataBufferOverflow, ({ linkType }) =>
    report(`the controller reports a data buffer overflow, link type ${linkType}: data was lost`),
  );
  if (!zephyrCompanies.includes(companyIdentifier)) return;
  host.on('unhandledEvent', ({ code, parameters }) => {
    if (code !== events.vendorSpecific.code || parameters[0] !== ZEPHYR_ASSERTION) return;
    const where = assertion(parameters);
    report(`an assertion failed in the controller${where}: it answers no more until it is reset`);
  });
}

/** The place that `aa <file> 00 <line, 4 octets>` names; nothing when it is laid out otherwise. */
function assertion(parameters: Uint8Array): string {
  const end = parameters.indexOf(0, 1);
  if (end < 0 || end + 5 > parameters.length) return '';
  const file = String.fromCharCode(...parameters.subarray(1, end)).replace(/[^\x20-\x7e]/g, '?');
  const line =
    (parameters[end + 1]! |
      (parameters[end + 2]! << 8) |
      (parameters[end + 3]! << 16) |
      (parameters[end + 4]! << 24)) >>>
    0;
  return ` at ${file}:${line}`;
}
