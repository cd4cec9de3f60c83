import { expect, it } from 'vitest';
import type { Child, Event } from './support/child.js';
import { bluewire, type ControllerPort, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const PERIPHERAL = 'F1:00:5E:00:53:B1';
const SECRET = Buffer.from('a secret').toString('hex');

/** Two controllers of `bluewire air`. */
async function controllers(): Promise<ControllerPort[]> {
  const process = bluewire('air', '--json', '--controllers', '2', '--listen', 'tcp:127.0.0.1:0');
  const ports: ControllerPort[] = [];
  for (const controller of [1, 2]) {
    const { port } = await process.next(
      (event) => event['event'] === 'listening' && event['controller'] === controller,
    );
    ports.push({ port: String(port), bumble: String(port).replace('tcp:', 'tcp-client:'), process });
  }
  return ports;
}

interface Pair {
  readonly central: Child;
  readonly peripheral: Child;
}

/** Two of Bumble's hosts, connected. */
async function connected(options: readonly string[], central: string, peripheral: string): Promise<Pair> {
  const [first, second] = await controllers();
  const one = peer('pairing', first!.bumble, '--role', 'central', '--io', central, ...options);
  const other = peer('pairing', second!.bumble, '--role', 'peripheral', '--io', peripheral, ...options);
  await Promise.all([one.event('ready'), other.event('ready')]);
  return { central: one, peripheral: other };
}

async function connect({ central, peripheral }: Pair): Promise<void> {
  await central.call('connect', { address: PERIPHERAL });
  await Promise.all([central.event('connected'), peripheral.event('connected')]);
}

/** Pairs, reads what wants encryption, and again on a new connection with the keys of the bond. */
async function pairsAndComesBack(pair: Pair): Promise<void> {
  const { central, peripheral } = pair;
  const both = Promise.all([central.event('paired'), peripheral.event('paired')]);
  await central.call('pair');
  const [ours, theirs] = (await both).map(({ keys }: Event) => keys as Record<string, string>);
  expect(ours!['ltk'] ?? ours!['ltk_peripheral']).toBeDefined();
  expect(theirs!['ltk']).toBe(ours!['ltk']);
  expect(await central.call('read_encrypted')).toBe(SECRET);
  await central.call('disconnect');
  await Promise.all([central.event('disconnected'), peripheral.event('disconnected')]);
  await connect(pair);
  central.take('encryption');
  peripheral.take('encryption');
  await central.call('encrypt');
  expect(await central.event('encryption')).toMatchObject({ on: true });
  expect(await peripheral.event('encryption')).toMatchObject({ on: true });
  expect(await central.call('read_encrypted')).toBe(SECRET);
}

/** Hands the passkey that one displays to the others, who want it. */
async function passkey(from: Child, to: Child, change = 0): Promise<void> {
  const { number } = await from.event('display');
  await to.event('passkey');
  await to.call('passkey', { number: (Number(number) + change) % 1_000_000 });
}

describeInterop("Bumble's hosts pair on the controllers of bluewire air", ['bumble', 'bluewire'], () => {
  it.each([
    ['legacy', '0'],
    ['LE Secure Connections', '1'],
  ])('by Just Works, %s', async (_name, sc) => {
    const pair = await connected(['--sc', sc], 'none', 'none');
    await connect(pair);
    await pairsAndComesBack(pair);
  });

  it.each([
    ['legacy', '0', 'keyboard', 'display'],
    ['legacy', '0', 'display', 'keyboard'],
    ['LE Secure Connections', '1', 'keyboard', 'display'],
    ['LE Secure Connections', '1', 'display', 'keyboard'],
  ])(
    'by passkey, %s (sc %s), a central with a %s, a peripheral with a %s',
    async (_name, sc, ours, theirs) => {
      const pair = await connected(['--sc', sc, '--mitm', '1'], ours, theirs);
      await connect(pair);
      const [shows, types] =
        ours === 'display' ? [pair.central, pair.peripheral] : [pair.peripheral, pair.central];
      void passkey(shows, types);
      await pairsAndComesBack(pair);
    },
  );

  it('by numeric comparison', async () => {
    const pair = await connected(['--mitm', '1'], 'yesno', 'yesno');
    await connect(pair);
    void Promise.all([pair.central.event('compare'), pair.peripheral.event('compare')]).then(
      async ([one, other]) => {
        const same = one['number'] === other['number'];
        await Promise.all([pair.central, pair.peripheral].map((end) => end.call('compare', { same })));
      },
    );
    await pairsAndComesBack(pair);
  });

  it('out of band, legacy', async () => {
    const pair = await connected(['--sc', '0', '--mitm', '1'], 'none', 'none');
    const tk = '00112233445566778899aabbccddeeff';
    await Promise.all([pair.central, pair.peripheral].map((end) => end.call('oob', { tk })));
    await connect(pair);
    await pairsAndComesBack(pair);
  });

  it('out of band, LE Secure Connections', async () => {
    const pair = await connected(['--mitm', '1'], 'none', 'none');
    const ours = await pair.central.call<{ c: string; r: string }>('oob');
    const theirs = await pair.peripheral.call<{ c: string; r: string }>('oob');
    await pair.central.call('oob_peer', theirs);
    await pair.peripheral.call('oob_peer', ours);
    await connect(pair);
    await pairsAndComesBack(pair);
  });

  it('not with a wrong passkey: both see Confirm Value Failed (0x04)', async () => {
    const pair = await connected(['--sc', '0', '--mitm', '1'], 'keyboard', 'display');
    await connect(pair);
    void passkey(pair.peripheral, pair.central, 1);
    await expect(pair.central.call('pair')).rejects.toThrow();
    expect(await pair.peripheral.event('pairing-failed')).toMatchObject({ reason: 4 });
  });
});
