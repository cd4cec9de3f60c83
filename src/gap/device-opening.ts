import { outsideOf, systemClock } from '../core/clock.js';
import { cmacIfLoaded, loadCmac } from '../core/cmac.js';
import { systemRandom } from '../core/random.js';
import { GattServer } from '../gatt/index.js';
import type { ControllerInfo } from '../hci/bringup/bringup.js';
import type { HciHost } from '../hci/host.js';
import type { Opened } from './device-opened.js';
import { advertisingCommandsOf, checkDeviceOptions, type DeviceOptions } from './device-options.js';
import { captureOf, keepsBonds, loadEatt, loadSecurity, storeOf } from './device-parts.js';
import { gapServices } from './gap-service.js';
import type { Reception } from './scanning/reception.js';
import { staticAddress } from './static-address.js';
import { captured, transportSource } from './transport-source.js';

/** What `Device.open` loads. */
export type Inside = typeof import('./device-inside.js');

/**
 * Opens a controller, brings it up, and makes a device with it.
 * @param make makes the device; its `controller` is asked from then on, as a recovery may bring another one
 * @param receiveTransfers has it receive the periodic advertising that peers tell of, where its options say so
 */
export async function openDevice<D extends { readonly controller: ControllerInfo }>(
  options: DeviceOptions,
  make: (opened: Opened, inside: Inside) => D,
  receiveTransfers: (device: D, transfers: Reception) => Promise<void>,
): Promise<D> {
  const {
    policy,
    security: settings,
    privacy: hiding,
    eatt: wanted,
    transfers,
  } = checkDeviceOptions(options);
  const chosen = options.address === undefined ? undefined : staticAddress(options.address);
  const server = new GattServer();
  const services = gapServices(server, options, hiding.own);
  const { clock = systemClock, random = systemRandom, commandTimeoutMs, onDiagnostic } = options;
  // Meanwhile: while a controller answers there is time to read what is wanted when it has.
  const pairing = settings && outsideOf(clock, loadSecurity());
  pairing?.catch(() => {});
  // Simulated time is not to pass while the first client that asks for the Database Hash waits for it.
  const cmac = cmacIfLoaded() ?? (clock.outside && outsideOf(clock, loadCmac()));
  const capture = await outsideOf(clock, captureOf(options, clock));
  const source = captured(transportSource(options.transport, { clock, random }), capture, clock);
  const advertisingCommands = advertisingCommandsOf(options);
  const inside = await outsideOf(clock, import('./device-inside.js'));
  let host: HciHost | undefined;
  try {
    host = new inside.HciHost(await source(), {
      clock,
      ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
    });
    if (onDiagnostic) host.on('diagnostic', onDiagnostic);
    const controller = await inside.bringUp(host, await host.open(), { advertisingCommands });
    const store = () => outsideOf(clock, storeOf(options));
    const address = await inside.ownAddress(host, controller, { chosen, random, store });
    await cmac;
    const keep = keepsBonds(options);
    const parts = { host, server, keep, local: address, random };
    const security = settings && (await (await pairing!).DeviceSecurity.open({ ...parts, settings }));
    const eatt = wanted && { ...(await loadEatt(clock)), ...wanted };
    if (eatt) services.serveEatt();
    const gate = new inside.RadioGate();
    let device: D | undefined;
    const current = () => device?.controller ?? controller;
    const privacy =
      security &&
      (await inside.openPrivacy(security, { controller: current, gate, settings: hiding, random }));
    const made = { host, controller, address, server, services, source, capture };
    device = make({ ...made, options, policy, security, gate, privacy, eatt }, inside);
    if (transfers) await receiveTransfers(device, transfers);
    return device;
  } catch (error) {
    await host?.close();
    await capture?.close();
    throw error;
  }
}
