import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { loadCmac } from '../../../src/core/cmac.js';
import { DisconnectedError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import type { ServerClientState } from '../../../src/gatt/server/client-state.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { GenericAttribute } from '../../../src/gatt/server/generic-attribute.js';
import { ScriptedServer } from '../../support/gatt.js';

/**
 * Handles: 1 the service; 2, 3, 4 Service Changed with its configuration; 5, 6 Client Supported Features; 7, 8 Database
 * Hash; 9, 10 Server Supported Features; then a Battery service at 11, its level at 13 and the configuration at 14.
 */
let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;
let battery: ReturnType<typeof addBattery>;
let generic: GenericAttribute;

type Link = ReturnType<ScriptedServer['connect']>;

async function ask(pdu: string, to: Link = link): Promise<string> {
  to.channel.give(pdu);
  await settle();
  return to.channel.take().join(' ');
}

function addBattery() {
  return host.server.add(
    service(0x180f, {
      level: characteristic(0x2a19, {
        read: true,
        notify: true,
        indicate: true,
        write: true,
        writeWithoutResponse: true,
        value: Uint8Array.of(99),
        onSubscribe: (configuration) => void subscribed.push(configuration),
      }),
    }),
  );
}

const subscribed: number[] = [];
const addHeartRate = () => host.server.add(service(0x180d, { a: characteristic(0x2a37, { read: true }) }));
const subscribe = (to: Link = link) => ask('1204000200', to);
const beRobust = (to: Link = link) => ask('12060001', to);
const readHash = '080100ffff2a2b';

beforeEach(async () => {
  await loadCmac();
  subscribed.length = 0;
  host = new ScriptedServer();
  generic = new GenericAttribute(host.server);
  battery = addBattery();
  link = host.connect();
});

describe('the Generic Attribute service (Vol 3, Part G, 7)', () => {
  it('has its four characteristics with the properties of table 7.1', async () => {
    link.bearer.mtu = 100;
    const declarations = ['0200200300052a', '05000a0600292b', '07000208002a2b', '0900020a003a2b'];
    expect(await ask('0801000a000328')).toBe(`0907${declarations.join('')}`);
    expect(await ask('0a0300')).toBe('010a030002');
    expect(await ask('12030000')).toBe('0112030003');
    expect(await ask('12080000')).toBe('0112080003');
  });

  it('GATT/SR/GAS/BV-01-C: indicates the range that changed to a client that asked for it, and to no other', async () => {
    const other = host.connect();
    expect(await subscribe()).toBe('13');
    addHeartRate();
    await settle();
    expect(link.channel.take()).toEqual(['1d03000f001100']);
    expect(other.channel.take()).toEqual([]);
    expect(await ask('1e')).toBe('');
  });

  it('says what Server Supported Features says', async () => {
    expect(await ask('0a0a00')).toBe('0b00');
    generic.features = 1;
    expect(await ask('0a0a00')).toBe('0b01');
  });

  it('has a hash that changes with the services, and is the same for the same services', async () => {
    const first = await ask(readHash);
    expect(first).toMatch(/^09120800[0-9a-f]{32}$/);
    const added = addHeartRate();
    const second = await ask(readHash);
    expect(second).not.toBe(first);
    added.remove();
    expect(await ask(readHash)).toBe(first);
    expect(first.slice(8)).toBe(toHex(await host.server.changes.hash()));
  });
});

describe('Service Changed (Vol 3, Part G, 7.1)', () => {
  it('tells changes that come while one is unconfirmed together, behind it', async () => {
    await subscribe();
    const first = addHeartRate();
    await settle();
    expect(link.channel.take()).toEqual(['1d03000f001100']);
    battery.remove();
    first.remove();
    await settle();
    expect(link.channel.take()).toEqual([]);
    expect(await ask('1e')).toBe('1d03000b001100');
    expect(await ask('1e')).toBe('');
    expect(link.client.isChangeAware).toBe(true);
  });

  it('goes before indications that wait', async () => {
    await subscribe();
    await ask('120e000200');
    const { level } = battery.characteristics;
    void level.indicate(Uint8Array.of(1));
    void level.indicate(Uint8Array.of(2));
    await settle();
    expect(link.channel.take()).toEqual(['1d0d0001']);
    addHeartRate();
    expect(await ask('1e')).toBe('1d03000f001100');
    expect(await ask('1e')).toBe('1d0d0002');
    await ask('1e');
  });

  it('tells a client that asks for it only now of what it has not been told', async () => {
    addHeartRate();
    expect(await subscribe()).toBe('13 1d03000f001100');
    await ask('1e');
    expect(await ask('1204000000')).toBe('13');
    expect(await subscribe()).toBe('13');
  });

  it('is not told any more to a client that has read the hash and gone on', async () => {
    addHeartRate();
    await ask(readHash);
    await ask('0a0d00');
    expect(await subscribe()).toBe('13');
  });
});

describe('Client Supported Features (Vol 3, Part G, 7.2)', () => {
  it('are 0 at first, for each client by itself', async () => {
    const other = host.connect();
    expect(await ask('0a0600')).toBe('0b00');
    expect(await ask('12060005')).toBe('13');
    expect(await ask('0a0600')).toBe('0b05');
    expect(await ask('0a0600', other)).toBe('0b00');
  });

  it('can be set and not cleared: Value Not Allowed', async () => {
    await ask('12060003');
    expect(await ask('12060001')).toBe('0112060013');
    expect(await ask('120600')).toBe('0112060013');
    expect(await ask('12060007')).toBe('13');
    expect(await ask('0a0600')).toBe('0b07');
    expect(await ask('1206000700')).toBe('13');
    expect(await ask('0a0600')).toBe('0b0700');
    expect(await ask('12060007')).toBe('13');
    expect(await ask('0a0600')).toBe('0b0700');
  });

  it('keep what is reserved, and are not longer than 16 octets', async () => {
    expect(await ask(`120600${'f0'.repeat(16)}`)).toBe('13');
    expect(await ask('0a0600')).toBe(`0b${'f0'.repeat(16)}`);
    expect(await ask(`120600${'f0'.repeat(17)}`)).toBe('011206000d');
  });

  it('are looked at before anything that is written with them takes effect', async () => {
    await ask('12060003');
    await ask('160d00000011');
    await ask('160600000000');
    expect(await ask('1801')).toBe('0118060013');
    expect(await ask('0a0d00')).toBe('0b63');
  });
});

describe('robust caching (Vol 3, Part G, 2.5.2.1)', () => {
  it('a client is change-aware when it connects, and a change makes it change-unaware', () => {
    expect(link.client.isChangeAware).toBe(true);
    addHeartRate();
    expect(link.client.isChangeAware).toBe(false);
    expect(host.connect().client.isChangeAware).toBe(true);
  });

  it('a client that does not support it is served as ever', async () => {
    addHeartRate();
    expect(await ask('0a0d00')).toBe('0b63');
    expect(await ask('520d0011')).toBe('');
    expect(battery.characteristics.level.value).toEqual(Uint8Array.of(0x11));
  });

  const requests: readonly (readonly [string, string])[] = [
    ['Read', '0a0d00'],
    ['Read Blob', '0c0d000000'],
    ['Read Multiple', '0e0d000d00'],
    ['Read Multiple Variable', '200d000d00'],
    ['Write', '120d0001'],
    ['Prepare Write', '160d00000001'],
    ['Read By Type of part of the handles', '080d00ffff192a'],
    ['Read By Type of the hash in part of the handles', '080d00ffff2a2b'],
  ];
  it.each(requests)('%s gets Database Out Of Sync once, and the next is served', async (_name, pdu) => {
    await beRobust();
    addHeartRate();
    expect(await ask(pdu)).toBe(`01${pdu.slice(0, 2)}0d0012`);
    expect(link.client.isChangeAware).toBe(false);
    expect(await ask('0a0d00')).toBe('0b63');
    expect(link.client.isChangeAware).toBe(true);
  });

  it.each([
    ['Exchange MTU', '020001', '030502'],
    ['Find Information', '040d000d00', '05010d00192a'],
    ['Find By Type Value', '060100ffff00280f18', '070b000e00'],
    ['Read By Group Type', '100b000e000028', '11060b000e000f18'],
    ['Read By Type of characteristics', '080b000e000328', '09070c003e0d00192a'],
    ['Read By Type of includes', '080b000e000228', '01080b000a'],
    ['Read By Type of all handles', '080100ffff192a', '09030d0063'],
    ['Execute Write', '1801', '19'],
    ['an unknown request', '3e', '013e000006'],
    ['a Read that is cut short', '0a0d', '010a000004'],
  ])('%s is answered, and leaves the client change-unaware', async (_name, pdu, answer) => {
    await beRobust();
    addHeartRate();
    expect(await ask(pdu)).toBe(answer);
    expect(link.client.isChangeAware).toBe(false);
    expect(await ask('0a0d00')).toBe('010a0d0012');
  });

  it('the error comes again when the database changes again', async () => {
    await beRobust();
    const added = addHeartRate();
    expect(await ask('0a0d00')).toBe('010a0d0012');
    added.remove();
    expect(await ask('0a0d00')).toBe('010a0d0012');
    expect(await ask('0a0d00')).toBe('0b63');
  });

  it('the hash, and then another request, make a client change-aware', async () => {
    await beRobust();
    addHeartRate();
    expect(await ask(readHash)).toMatch(/^0912/);
    expect(link.client.isChangeAware).toBe(false);
    expect(await ask('0a0d00')).toBe('0b63');
    expect(link.client.isChangeAware).toBe(true);
  });

  it('a hash from before the last change does not', async () => {
    await beRobust();
    const added = addHeartRate();
    await ask(readHash);
    added.remove();
    expect(await ask('0a0d00')).toBe('010a0d0012');
  });

  it('the confirmation of Service Changed makes it change-aware, and not that of another value', async () => {
    await beRobust();
    await subscribe();
    await ask('120e000200');
    void battery.characteristics.level.indicate(Uint8Array.of(1));
    await settle();
    link.channel.take();
    addHeartRate();
    expect(await ask('1e')).toBe('1d03000f001100');
    expect(link.client.isChangeAware).toBe(false);
    await ask('1e');
    expect(link.client.isChangeAware).toBe(true);
    expect(await ask('0a0d00')).toBe('0b63');
  });

  it('the confirmation of a Service Changed from before the last change does not', async () => {
    await beRobust();
    await subscribe();
    const added = addHeartRate();
    await settle();
    added.remove();
    link.channel.take();
    expect(await ask('1e')).toBe('1d03000f001100');
    expect(link.client.isChangeAware).toBe(false);
    await ask('1e');
    expect(link.client.isChangeAware).toBe(true);
  });

  it('commands of a change-unaware client are passed over', async () => {
    await beRobust();
    addHeartRate();
    expect(await ask('520d0011')).toBe('');
    expect(battery.characteristics.level.value).toEqual(Uint8Array.of(99));
    await ask('0a0d00');
    await ask('520d0012');
    // A command is no request: it makes nobody aware of anything.
    expect(battery.characteristics.level.value).toEqual(Uint8Array.of(99));
    await ask('0a0d00');
    await ask('520d0013');
    expect(battery.characteristics.level.value).toEqual(Uint8Array.of(0x13));
  });

  it('notifications are not sent to it, and indications wait', async () => {
    await beRobust();
    await ask('120e000300');
    const { level } = battery.characteristics;
    addHeartRate();
    await level.notify(Uint8Array.of(1));
    let confirmed = false;
    void level.indicate(Uint8Array.of(2)).then(() => {
      confirmed = true;
    });
    await settle();
    expect(link.channel.take()).toEqual([]);
    await ask('0a0d00');
    expect(await ask('0a0d00')).toBe('1d0d0002 0b63');
    expect(confirmed).toBe(false);
    await ask('1e');
    expect(confirmed).toBe(true);
    await level.notify(Uint8Array.of(3));
    expect(link.channel.take()).toEqual(['1b0d0003']);
  });
});

describe('what is kept of a client with its bond', () => {
  const states: ServerClientState[] = [];
  const keep = async (to: Link = link) => {
    states.length = 0;
    to.client.onStateChange((state) => void states.push(state));
    await settle();
  };
  const back = async (state: ServerClientState) => {
    const again = host.connect();
    await again.client.restoreState(state);
    await settle();
    return again;
  };
  const gone = () => link.channel.close(new DisconnectedError('gone'));

  it('is told with each change of it', async () => {
    await keep();
    const databaseHash = await host.server.changes.hash();
    expect(states).toEqual([
      { configurations: new Map(), clientSupportedFeatures: new Uint8Array(0), databaseHash },
    ]);
    await beRobust();
    await ask('120e000300');
    await ask('120e000300');
    expect(states).toHaveLength(3);
    const expected = {
      configurations: new Map([[14, 3]]),
      clientSupportedFeatures: Uint8Array.of(1),
      databaseHash,
    };
    expect(states.at(-1)).toEqual(expected);
    expect(link.client.state).toEqual(expected);
    await ask('120e000000');
    expect(states.at(-1)!.configurations.size).toBe(0);
  });

  it('comes back with the client: configurations, features, and the handlers hear of it', async () => {
    await keep();
    await beRobust();
    await ask('120e000300');
    gone();
    subscribed.length = 0;
    const again = await back(states.at(-1)!);
    expect(subscribed).toEqual([3]);
    expect(await ask('0a0e00', again)).toBe('0b0300');
    expect(await ask('0a0600', again)).toBe('0b01');
    expect(again.client.isChangeAware).toBe(true);
    await battery.characteristics.level.notify(Uint8Array.of(5));
    expect(again.channel.take()).toEqual(['1b0d0005']);
  });

  it('a client that was away is told what changed since, exactly, and is change-unaware until it confirms', async () => {
    await keep();
    await beRobust();
    await subscribe();
    gone();
    addHeartRate();
    const again = await back(states.at(-1)!);
    expect(again.channel.take()).toEqual(['1d03000f001100']);
    expect(await ask('0a0d00', again)).toBe('010a0d0012');
    await ask('1e', again);
    expect(again.client.isChangeAware).toBe(true);
  });

  it('one that left before it confirmed is told again', async () => {
    await keep();
    await subscribe();
    addHeartRate();
    await settle();
    gone();
    expect((await back(states.at(-1)!)).channel.take()).toEqual(['1d03000f001100']);
  });

  it('one that confirmed is not', async () => {
    await keep();
    await subscribe();
    addHeartRate();
    await settle();
    await ask('1e');
    gone();
    expect((await back(states.at(-1)!)).channel.take()).toEqual([]);
  });

  it('changes that have been undone are no news', async () => {
    await keep();
    await subscribe();
    gone();
    addHeartRate().remove();
    const again = await back(states.at(-1)!);
    expect(again.channel.take()).toEqual([]);
    expect(again.client.isChangeAware).toBe(true);
  });

  it('a state of a database that this program never had: all handles', async () => {
    await subscribe();
    const state = { ...link.client.state, databaseHash: new Uint8Array(16) };
    expect((await back(state)).channel.take()).toEqual(['1d03000100ffff']);
    const without = { ...state, databaseHash: undefined };
    expect((await back(without)).channel.take()).toEqual(['1d03000100ffff']);
  });

  it('configurations whose descriptor is gone, or another characteristic has, are dropped', async () => {
    await keep();
    await subscribe();
    await ask('120e000300');
    gone();
    battery.remove();
    host.server.add(
      service(0x180d, { a: characteristic(0x2a37, { notify: true, indicate: true }) }, { handle: 11 }),
    );
    const again = await back(states.at(-1)!);
    expect(again.channel.take()).toEqual(['1d03000b000e00']);
    expect(await ask('0a0e00', again)).toBe('0b0000');
    expect([...again.client.state.configurations]).toEqual([[4, 2]]);
  });

  it('configurations of a service that was taken away while the client is there are dropped', async () => {
    await keep();
    await ask('120e000300');
    battery.remove();
    await settle();
    expect(states.at(-1)!.configurations.size).toBe(0);
  });

  it('requests that come while it is being restored wait, and are answered by it', async () => {
    await keep();
    await beRobust();
    gone();
    addHeartRate();
    const again = host.connect();
    const restored = again.client.restoreState(states.at(-1)!);
    again.channel.give('0a0d00');
    expect(again.channel.take()).toEqual([]);
    await restored;
    await settle();
    expect(again.channel.take()).toEqual(['010a0d0012']);
  });

  it('configurations of a database that this program never had are dropped, but for that of Service Changed', async () => {
    await subscribe();
    await ask('120e000300');
    const { state } = link.client;
    const again = await back({ ...state, databaseHash: new Uint8Array(16) });
    expect([...again.client.state.configurations]).toEqual([[4, 2]]);
    // Where nobody kept a hash, nobody knows of a change.
    const other = await back({ ...state, databaseHash: undefined });
    expect(other.client.state.configurations).toEqual(state.configurations);
  });

  it('what is no state is refused, with the field', () => {
    const state = { configurations: new Map(), clientSupportedFeatures: new Uint8Array(0) };
    const wrong: readonly (readonly [ServerClientState, string])[] = [
      [{ ...state, clientSupportedFeatures: new Uint8Array(17) }, 'clientSupportedFeatures: 17 octets'],
      [{ ...state, databaseHash: new Uint8Array(15) }, 'databaseHash: 15 octets'],
      [{ ...state, configurations: new Map([[0, 1]]) }, 'configurations: 0'],
      [{ ...state, configurations: new Map([[4, -1]]) }, 'configurations.4: -1'],
    ];
    for (const [one, message] of wrong) expect(() => link.client.restoreState(one)).toThrow(message);
  });
});
