import { Address } from '../../core/address.js';
import { TimeoutError } from '../../core/errors.js';
import { raceAbort } from '../../core/mutex.js';
import { AdvertisingData, type AdvertisingReport, type Device, type PairingResult } from '../../gap/index.js';
import type { PairingDelegate } from '../../smp/pairing/delegate.js';
import type { Command, CommandContext } from '../command.js';
import { withDevice } from '../opening.js';
import { printable } from '../output.js';

/** How each method is called. */
const methods = {
  justWorks: 'Just Works',
  passkey: 'a passkey',
  numericComparison: 'Numeric Comparison',
  outOfBand: 'data out of band',
} as const;

const SEARCH_MS = 10_000;

/** `bluewire pair`: makes a bond with a device. */
export const pairCommand: Command = {
  name: 'pair',
  summary: 'pair with a device, and keep the bond',
  description:
    'Connects to a device, pairs with it and keeps the bond; other programs on this port find it\n' +
    'then (see bonds). A PEER is an address (C0:DE:C0:00:00:01/random; without what is behind the\n' +
    'slash it is looked for) or the name that it advertises. Digits are asked for at the terminal;\n' +
    'where there is none, --passkey and --yes answer.',
  operands: ['PEER'],
  options: {
    passkey: { value: 'DIGITS', help: 'the six digits that the device shows, or has on its label' },
    yes: { help: 'both show the same digits: do not ask' },
    level: {
      value: '2-4',
      help: 'what it has to come to: 2 encrypted, 3 authenticated, 4 by Secure Connections [2]',
    },
    'no-bond': { help: 'keep no keys' },
    file: { value: 'FILE', help: "where the bond is kept [the user's own; none for virtual:]" },
  },
  timeoutSeconds: 90,
  async run(context: CommandContext): Promise<void> {
    const { operands, options } = context;
    const peer = operands[0]!;
    const passkey = passkeyOf(context);
    const minimumLevel = (options.number('level', 2, 4) ?? 2) as 2 | 3 | 4;
    const file = options.text('file');
    const store = file === undefined ? undefined : await storeOf(file, context);
    const security = {
      delegate: delegateOf(passkey, context),
      minimumLevel,
      bonding: !options.has('no-bond'),
      // Who types this command knows what it is for, also when the device has lost its keys.
      rePairing: 'always' as const,
      encryptOnConnect: false,
      ...(store ? { bonds: store } : {}),
    };
    await withDevice(context, (device) => pair(device, peer, context), { security });
  },
};

async function pair(device: Device, peer: string, context: CommandContext): Promise<void> {
  const { output, options, signal } = context;
  const address = await locate(device, peer, context);
  const link = await device.connect(address, { signal });
  const result = await link.pair({ signal });
  const bond = result.bonded ? device.bonds.find(link.peer) : undefined;
  await raceAbort(link.disconnect(), signal);
  if (options.has('json')) {
    await output.json({
      address: address.bd,
      addressType: address.isRandom ? 'random' : 'public',
      identity: bond ? bond.identity : null,
      method: result.method ?? null,
      secureConnections: result.secureConnections,
      level: result.level,
      keySize: result.keySize,
      bonded: result.bonded,
    });
    return;
  }
  await output.line(told(address, result));
}

function told(address: Address, { method, secureConnections, level, bonded }: PairingResult): string {
  const by = method === undefined ? 'the key that there was' : methods[method];
  const kind = secureConnections ? 'LE Secure Connections' : 'LE legacy pairing';
  return `paired with ${address} by ${by} (${kind}): level ${level}, ${bonded ? 'bonded' : 'no bond'}`;
}

/** The address of a peer: as it is, or as it advertises. */
async function locate(device: Device, peer: string, context: CommandContext): Promise<Address> {
  const wanted = addressOf(peer, context);
  if (wanted && peer.includes('/')) return wanted;
  const { output, signal, clock } = context;
  const fits = (report: AdvertisingReport) => {
    if (wanted) return report.address.bd.equals(wanted.bd);
    return new AdvertisingData(report.data).localName === peer;
  };
  await output.diagnostic(`[pair] looking for ${printable(peer)}`);
  const scan = await device.startScan({ signal });
  const timer = clock.setTimeout(() => void scan.stop().catch(() => {}), SEARCH_MS);
  try {
    for await (const report of scan) if (fits(report)) return report.address;
  } finally {
    clock.clearTimeout(timer);
    await scan.stop();
  }
  signal.throwIfAborted();
  throw new TimeoutError(`${printable(peer)}: no device of that address or name advertises`, SEARCH_MS);
}

/** The address that is meant; `undefined` for a name. @throws {UsageError} for what looks like an address and is none */
function addressOf(peer: string, { options }: CommandContext): Address | undefined {
  if (!/^[0-9a-f]{2}[:-]/i.test(peer)) return undefined;
  try {
    return Address.parse(peer);
  } catch (error) {
    throw options.wrong((error as Error).message);
  }
}

function passkeyOf({ options }: CommandContext): number | undefined {
  const text = options.text('passkey');
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text)) throw options.wrong(`--passkey ${text}: up to six digits are wanted`);
  return Number(text);
}

/** What the user can do: at a terminal everything, else what the options answer. */
function delegateOf(passkey: number | undefined, context: CommandContext): PairingDelegate {
  const { output, options, ask } = context;
  const displayPasskey = (shown: number) => output.note(`enter ${digits(shown)} on the device`);
  const enterPasskey =
    passkey !== undefined
      ? () => passkey
      : ask &&
        (async ({ signal }: { readonly signal: AbortSignal }) => {
          const answer = (await ask('the six digits that the device shows: ', signal)).trim();
          return /^\d{1,6}$/.test(answer) ? Number(answer) : undefined;
        });
  const compare = options.has('yes')
    ? async (value: number) => {
        await output.note(`both show ${digits(value)}: taken as confirmed`);
        return true;
      }
    : ask &&
      (async (value: number, { signal }: { readonly signal: AbortSignal }) => {
        const answer = await ask(`does the device show ${digits(value)} as well? [y/N] `, signal);
        return /^y(es)?$/i.test(answer.trim());
      });
  return {
    displayPasskey,
    ...(enterPasskey ? { enterPasskey } : {}),
    ...(compare ? { compare } : {}),
  };
}

function digits(passkey: number): string {
  return String(passkey).padStart(6, '0');
}

async function storeOf(file: string, { output }: CommandContext) {
  const { BondFile } = await import('../../gap/node/bond-file.js');
  return new BondFile(file, { onWarning: (warning) => void output.note(`warning: ${warning}`) });
}
