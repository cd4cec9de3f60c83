import type { UsbClass, UsbDescription, UsbEndpoint, UsbInterface } from './device.js';

/** Where HCI is spoken in a device. */
export interface HciFunction {
  readonly interfaceNumber: number;
  readonly alternateSetting: number;
  /** Events come here: interrupt IN (Core Vol 4, Part B, 2.1). */
  readonly events: UsbEndpoint;
  /** ACL and ISO data: bulk IN and OUT. */
  readonly dataIn: UsbEndpoint;
  readonly dataOut: UsbEndpoint;
  /** bmRequestType and wIndex of commands on endpoint 0 (Core Vol 4, Part B, 2.2). */
  readonly requestType: number;
  readonly requestIndex: number;
  /** Whether the class is the vendor's own: known to be HCI by its maker, not by its class. */
  readonly vendorClass: boolean;
}

/** Wireless controller, RF controller, Bluetooth programming interface (Core Vol 4, Part B, 3.2). */
const WIRELESS = 0xe0;
const VENDOR = 0xff;
const RADIO = 0x01;
const BLUETOOTH = 0x01;

/** A class request to the device as a whole, or to one of its interfaces. */
export const TO_DEVICE = 0x20;
export const TO_INTERFACE = 0x21;

/**
 * Makers of controllers of class FF/01/01, which are HCI all the same: Broadcom's chips under the names of who builds them
 * in. Linux' btusb knows them so too.
 */
const vendorClassMakers: ReadonlySet<number> = /* @__PURE__ */ new Set([
  0x0a5c, 0x0b05, 0x050d, 0x0489, 0x04ca, 0x0930, 0x13d3, 0x105b, 0x413c,
]);

/** Whether a class triple says Bluetooth. */
export function isBluetoothClass({ classCode, subclass, protocol }: UsbClass): boolean {
  return classCode === WIRELESS && subclass === RADIO && protocol === BLUETOOTH;
}

function isVendorRadio({ classCode, subclass, protocol }: UsbClass): boolean {
  return classCode === VENDOR && subclass === RADIO && protocol === BLUETOOTH;
}

/**
 * Finds HCI in the descriptors of a device: the interface of class E0/01/01 (its own, or the device's) that has the
 * three endpoints. The voice interface has the same class and only isochronous endpoints.
 * @param anyVendorClass take an interface of a vendor's class whoever made it: the user named the device
 */
export function findHciFunction(
  description: UsbDescription,
  anyVendorClass = false,
): HciFunction | undefined {
  const { interfaces } = description;
  for (const candidate of interfaces) {
    const bluetooth = isBluetoothClass(candidate);
    const vendorClass = !bluetooth && isVendors(candidate, description, anyVendorClass);
    if (!bluetooth && !vendorClass) continue;
    const events = endpointOf(candidate, 'interrupt', true);
    const dataIn = endpointOf(candidate, 'bulk', true);
    const dataOut = endpointOf(candidate, 'bulk', false);
    if (!events || !dataIn || !dataOut) continue;
    const { interfaceNumber, alternateSetting } = candidate;
    const toInterface = isComposite(description);
    return {
      interfaceNumber,
      alternateSetting,
      events,
      dataIn,
      dataOut,
      requestType: toInterface ? TO_INTERFACE : TO_DEVICE,
      requestIndex: toInterface ? interfaceNumber : 0,
      vendorClass,
    };
  }
  return undefined;
}

/** Whether the descriptors promise a Bluetooth controller, whether or not it can be used. */
export function promisesBluetooth(description: UsbDescription): boolean {
  return (
    isBluetoothClass(description) ||
    description.interfaces.some(isBluetoothClass) ||
    findHciFunction(description) !== undefined
  );
}

function isVendors(candidate: UsbInterface, description: UsbDescription, any: boolean): boolean {
  // A device of class Bluetooth whose interface says nothing of its own.
  if (isBluetoothClass(description) && (candidate.classCode === 0 || candidate.classCode === VENDOR))
    return true;
  if (any && candidate.classCode === VENDOR) return true;
  return isVendorRadio(candidate) && vendorClassMakers.has(description.vendorId);
}

/**
 * A device with functions beside Bluetooth: its commands go to the interface. One that is a controller as a whole gets them
 * itself (Core Vol 4, Part B, 2.2).
 */
function isComposite(description: UsbDescription): boolean {
  if (isBluetoothClass(description) || isVendorRadio(description)) return false;
  return !description.interfaces.every((one) => isBluetoothClass(one) || isVendorRadio(one));
}

function endpointOf(
  { endpoints }: UsbInterface,
  type: UsbEndpoint['type'],
  toHost: boolean,
): UsbEndpoint | undefined {
  return endpoints.find(
    (one) => one.type === type && ((one.address & 0x80) !== 0) === toHost && one.maxPacketSize > 0,
  );
}
