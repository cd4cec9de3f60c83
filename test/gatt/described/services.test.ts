import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { toHex } from '../../../src/core/hex.js';
import { ServiceDescriptionError } from '../../../src/gatt/described/error.js';
import { describedServices } from '../../../src/gatt/described/services.js';
import { ScriptedServer } from '../../support/gatt.js';

let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;

async function ask(pdu: string): Promise<string> {
  link.channel.give(pdu);
  await settle();
  return link.channel.take().join(' ');
}

beforeEach(() => {
  host = new ScriptedServer();
  link = host.connect();
  link.bearer.mtu = 100;
});

describe('services from JSON', () => {
  const json = `[
    { "uuid": "180f", "characteristics": [
      { "uuid": "2a19", "name": "level", "properties": ["read", "notify"], "value": "63" } ] },
    { "uuid": "12345678-1234-1234-1234-123456789abc", "handle": 16, "endHandle": 47, "includes": [{ "service": 0, "handle": 18 }],
      "characteristics": [
        { "uuid": "2a00", "properties": ["read", "write"], "value": { "text": "über" }, "maxLength": 8,
          "write": { "level": 2 }, "descriptors": [{ "uuid": "2901", "value": { "text": "name" } }] },
        { "uuid": "2a01", "properties": ["read", "writeWithoutResponse"], "stored": false, "value": "0102" },
        { "uuid": "2a02", "properties": ["read"], "read": { "error": 128 } } ] }
  ]`;

  it('are served as they are described', async () => {
    const services = await describedServices(JSON.parse(json));
    const [battery, other] = services.map((one) => host.server.add(one));
    expect(battery!.characteristics['level']!.valueHandle).toBe(3);
    expect(Object.keys(other!.characteristics)).toEqual(['2a00', '2a01', '2a02']);
    expect(await ask('100100ffff0028')).toBe('1106010004000f18');
    expect(await ask('101000ffff0028')).toBe('111410002f00bc9a78563412341234123412' + '78563412');
    expect(await ask('081000ffff0228')).toBe('09081200010004000f18');
    expect(await ask('0a0300')).toBe('0b63');
    expect(await ask('0a1400')).toBe('0bc3bc626572');
    expect(await ask('12140041')).toBe('0112140005');
    expect(await ask('0a1500')).toBe(`0b${toHex(new TextEncoder().encode('name'))}`);
    expect(await ask('521700ff')).toBe('');
    expect(await ask('0a1700')).toBe('0b0102');
    expect(await ask('0a1900')).toBe('010a190080');
    expect(await ask('081900ffff022a')).toBe('0108190080');
  });

  it('have the handlers that a program gives by name', async () => {
    const written: string[] = [];
    const [battery] = await describedServices(
      [
        {
          uuid: '180f',
          characteristics: [{ uuid: '2a19', name: 'level', properties: ['read', 'write', 'notify'] }],
        },
      ],
      {
        level: {
          onRead: () => Uint8Array.of(42),
          onWrite: (value) => void written.push(toHex(value)),
        },
      },
    );
    const { level } = host.server.add(battery!).characteristics;
    expect(await ask('0a0300')).toBe('0b2a');
    expect(await ask('12030007')).toBe('13');
    expect(written).toEqual(['07']);
    expect(await ask('1204000100')).toBe('13');
    await level!.notify(Uint8Array.of(1));
    expect(link.channel.take()).toEqual(['1b030001']);
  });

  it('a handler for no characteristic, or for several, is a mistake', async () => {
    const two = ['180f', '1810'].map((uuid) => ({
      uuid,
      characteristics: [{ uuid: '2a19', properties: ['read'] }],
    }));
    await expect(describedServices(two, { '2a19': {} })).rejects.toThrow('2 characteristics are 2a19');
    await expect(describedServices(two, { '2a00': {} })).rejects.toThrow('0 characteristics are 2a00');
  });

  const one = (more: object) => [
    { uuid: '180f', characteristics: [{ uuid: '2a19', properties: ['read'], ...more }] },
  ];
  it.each([
    [{}, '', /a list of services is wanted/],
    [[{}], '0.uuid', /a UUID is wanted/],
    [[{ uuid: 'x' }], '0.uuid', /x/],
    [[{ uuid: '180f', color: 1 }], '0.color', /there is no such field/],
    [one({ properties: ['fly'] }), '0.characteristics.0.properties.0', /a property is wanted/],
    [one({ value: 'abc' }), '0.characteristics.0.value', /./],
    [one({ value: '00'.repeat(513) }), '0.characteristics.0.value', /513 octets are not permitted/],
    [one({ maxLength: 513 }), '0.characteristics.0.maxLength', /at most 512/],
    [one({ read: { level: 5 } }), '0.characteristics.0.read.level', /a level from 1 to 4/],
    [
      one({ descriptors: [{ uuid: '2901', handle: 0 }] }),
      '0.characteristics.0.descriptors.0.handle',
      /at least 1/,
    ],
    [one({ notifications: {} }), '0.characteristics.0.notifications', /there is no such field/],
    [one({ handle: 1 }), '0.characteristics.0.handle', /not behind/],
    [[{ uuid: '180f', includes: [{ service: 0 }] }], '0.includes.0.service', /those that stand before it/],
    [[{ uuid: '180f', includes: [{ service: 7 }] }], '0.includes.0.service', /there is no service 7/],
    [
      [
        {
          uuid: '180f',
          characteristics: [
            { uuid: '2a19', properties: [] },
            { uuid: '2a19', properties: [] },
          ],
        },
      ],
      '0.characteristics.1',
      /there is a characteristic 2a19 before/,
    ],
  ])('what is wrong is told with its path: %j', async (wrong, path, message) => {
    const error = await describedServices(wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServiceDescriptionError);
    expect(error).toMatchObject({
      code: 'SERVICE_DESCRIPTION',
      path,
      message: expect.stringMatching(message),
    });
  });
});
