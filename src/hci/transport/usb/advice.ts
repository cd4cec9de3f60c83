import { TransportError } from '../../../core/errors.js';
import { locationOf } from './choose.js';
import type { UsbDescription, UsbError } from './device.js';
import { hex4, usbId } from './known.js';

/** What is known of the machine, for advice. */
export interface UsbSurroundings {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** The kernel's name of a controller that it uses itself, `hci0`; Linux. */
  readonly kernelName?: string | undefined;
  /** Another program that has the device open. */
  readonly holder?: { readonly pid: number; readonly name: string } | undefined;
}

/** Before 73-seat-late.rules, where `uaccess` is acted upon. */
const RULES = '/etc/udev/rules.d/70-bluewire.rules';

/** The line of udev that lets users open a device. */
export function udevRule(vendorId: number, productId: number): string {
  return `SUBSYSTEM=="usb", ATTR{idVendor}=="${hex4(vendorId)}", ATTR{idProduct}=="${hex4(productId)}", MODE="0660", GROUP="plugdev", TAG+="uaccess"`;
}

/** Says why a device cannot be had, and what to do. */
export function explainUsb(
  name: string,
  description: UsbDescription,
  error: UsbError,
  surroundings: UsbSurroundings,
): TransportError {
  const { vendorId, productId } = description;
  const device = `${usbId(vendorId, productId)} at ${locationOf(description)}`;
  const failed = (what: string, code: string) =>
    new TransportError(`${name}: ${what}`, code, { cause: error });
  switch (error.failure) {
    case 'denied':
      return failed(denied(device, description, surroundings), 'PORT_DENIED');
    case 'busy':
      return failed(`${device} is in use${busy(surroundings)}`, 'PORT_BUSY');
    case 'gone':
      return failed(`${device} was unplugged just now`, 'PORT_NOT_FOUND');
    case 'no-driver':
    case 'unsupported':
      return failed(
        surroundings.platform === 'win32'
          ? `Windows has no driver for ${device} that lets programs reach it. Give it WinUSB with Zadig (https://zadig.akeo.ie: Options, List All Devices, choose the controller, WinUSB, Replace Driver). Windows itself cannot use the controller then, until the driver is removed in the device manager`
          : `${device} cannot be opened (${error.message})`,
        surroundings.platform === 'win32' ? 'PORT_DENIED' : 'TRANSPORT_ERROR',
      );
    case 'other':
      return failed(
        `${device} cannot be opened (${error.message}). Unplug it and plug it in again`,
        'TRANSPORT_ERROR',
      );
  }
}

function denied(
  device: string,
  { vendorId, productId }: UsbDescription,
  { platform }: UsbSurroundings,
): string {
  if (platform === 'win32')
    return `no permission to open ${device}, or another program has it. Close what uses the controller, and see that Windows shows it with the driver WinUSB`;
  if (platform !== 'linux') return `no permission to open ${device}`;
  return (
    `no permission to open ${device}. Write this line to ${RULES} (as root): ` +
    `${udevRule(vendorId, productId)} ` +
    '— then run: sudo udevadm control --reload-rules && sudo udevadm trigger, and plug the controller in again. ' +
    'Who works over ssh has to be in the group plugdev'
  );
}

function busy({ platform, kernelName, holder }: UsbSurroundings): string {
  if (holder) return ` by ${holder.name} (pid ${holder.pid}): end it first`;
  if (platform !== 'linux') return ' by another program: end it first';
  return (
    " by another program, or by the kernel's driver btusb for BlueZ. To free it from BlueZ: " +
    `sudo systemctl stop bluetooth && sudo hciconfig ${kernelName ?? 'hci0'} down`
  );
}

/**
 * Refuses USB where claiming a controller is not safe.
 * @throws {TransportError} `PORT_UNSUPPORTED` on macOS
 */
export function refusePlatform(name: string, platform: string): void {
  if (platform !== 'darwin') return;
  throw new TransportError(
    `${name}: USB controllers are not opened on macOS: the system holds them for itself, and claiming an interface with isochronous endpoints has panicked the kernel of macOS 26 (github.com/libusb/libusb/issues/1762). ` +
      'Take a board with HCI over a serial port: serial:/dev/cu.usbmodem… (see bluewire ports), or a controller on another machine: tcp:host:port',
    'PORT_UNSUPPORTED',
  );
}

/** The package is not there, or cannot be loaded. */
export function packageMissing(name: string, cause: unknown, platform: string): TransportError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (code === 'MODULE_NOT_FOUND' && /'usb'/.test(text)) {
    return new TransportError(
      `${name}: USB needs the package usb, which is not installed with bluewire by itself: npm install usb@2`,
      'PORT_UNSUPPORTED',
      { cause },
    );
  }
  const advice = /libudev/.test(text)
    ? 'It needs libudev: apt install libudev1, apk add eudev-libs, or what your system calls it'
    : platform === 'linux' && /GLIBC|musl/i.test(text)
      ? 'The system is older than what the package was built for'
      : 'Try: npm rebuild usb';
  return new TransportError(
    `${name}: the package usb cannot be loaded (${text.split('\n')[0]}). ${advice}`,
    'PORT_UNSUPPORTED',
    { cause },
  );
}
