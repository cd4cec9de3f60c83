// Opens a lock that does nothing before one has paired with it by its PIN; without a port, one of a simulated world.
//   node examples/11-pairing.mjs [port]
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { Device, knownDatabase } from 'bluewire';
import { lockUuids } from 'bluewire/virtual';
import { start } from './support.mjs';

/** What the lock calls itself. */
const NAME = 'Front door';
const SIMULATED = `virtual:${fileURLToPath(new URL('lock.json', import.meta.url))}`;

/** What stands on the lock. */
async function askForPin() {
  const lines = createInterface({ input: stdin, output: stdout });
  try {
    return Number(await lines.question('PIN of the lock: '));
  } finally {
    lines.close();
  }
}

export async function main({ options, print, enterPasskey = options.transport ? askForPin : () => 123456 }) {
  const device = await Device.open({
    transport: SIMULATED,
    ...options,
    // What the user can do here: enter a passkey. Bonds are in memory; bondFile() keeps them for the next run.
    security: { delegate: { enterPasskey }, bonds: null },
  });
  try {
    const link = await device.connect({ name: NAME });
    link.on('paired', ({ method, level }) => print(`paired by ${method}: security level ${level}`));
    print(`connected: security level ${link.security.level}`);

    // The lock refuses to tell its state in the clear: the client pairs for it, and asks again.
    const services = await knownDatabase(device, link);
    const state = services.characteristic(lockUuids.service, lockUuids.state);
    const control = services.characteristic(lockUuids.service, lockUuids.control);
    const show = async () => print((await state.read())[0] === 1 ? 'locked' : 'open');
    await show();
    await control.write(Uint8Array.of(0));
    await show();
    await link.disconnect();

    // The next link is encrypted with the key of the bond before it is given out: nobody is asked again.
    const again = await device.connect(link.peer);
    print(`connected again: security level ${again.security.level}`);
    await again.disconnect();
  } finally {
    await device.close();
  }
}

await start(import.meta.url, main);
