import { TransportError } from '../../../core/errors.js';
import { holderOf, type Machine } from './port-list.js';

/** What a failure to open a serial port means, and what to do about it. */
export function openingError(name: string, path: string, cause: Error, machine: Machine): TransportError {
  const text = cause.message;
  const failed = (what: string, code: string) => new TransportError(`${name}: ${what}`, code, { cause });
  if (/ENOENT|no such file|file not found|cannot find/i.test(text))
    return failed(
      `there is no port ${path}. Is the device plugged in? (bluewire ports lists what is there)`,
      'PORT_NOT_FOUND',
    );
  const holder = holderOf(path, machine);
  const held = holder && `the port is in use by ${holder.name} (pid ${holder.pid}). ${howToEnd(holder.name)}`;
  if (/EBUSY|cannot lock|resource busy|temporarily unavailable/i.test(text)) {
    return failed(
      held ??
        'the port is in use by another program. Close it (a serial monitor? ModemManager? another stack?)',
      'PORT_BUSY',
    );
  }
  if (/EACCES|EPERM|permission|access denied/i.test(text)) {
    if (machine.platform === 'win32') {
      return failed(
        'another program holds the port. Close it (a serial monitor? another stack?)',
        'PORT_DENIED',
      );
    }
    return failed(
      held ??
        'no permission to open the port, or another program holds it. On Linux the user must be in the group dialout (or uucp): ' +
          'sudo usermod -a -G dialout $USER, then log in again',
      'PORT_DENIED',
    );
  }
  if (/ENOTTY|inappropriate ioctl/i.test(text)) return failed(`${path} is no serial port`, 'PORT_NOT_FOUND');
  return failed(`cannot open the port (${text})`, 'TRANSPORT_ERROR');
}

/** How a program lets go of a port, for those that take ports by themselves. */
function howToEnd(name: string): string {
  if (/ModemManager/i.test(name))
    return 'It asks every new port for a modem: wait half a minute, or sudo systemctl stop ModemManager';
  if (/bluetoothd|btattach|hciattach/i.test(name))
    return 'BlueZ has it: end btattach, or sudo systemctl stop bluetooth';
  if (/gpsd/i.test(name))
    return 'It takes serial ports for GPS receivers: sudo systemctl stop gpsd gpsd.socket';
  return 'End it first';
}
