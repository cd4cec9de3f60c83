import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/core/errors.js';
import { toHex } from '../../src/core/hex.js';
import type { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import { characteristic, service } from '../../src/gatt/index.js';
import * as commands from '../../src/hci/commands/index.js';
import type { Fault } from '../../src/hci/recovery/fault.js';
import type { Recovery, RecoveryAttempt } from '../../src/hci/recovery/supervisor.js';
import { FaultyTransport } from '../support/faulty-transport.js';
import { mistake } from '../support/mistake.js';
import { World } from '../support/world.js';

const HARDWARE_ERROR = '0410 01 42';
const LAMP = '7ad50000-0001-4c0d-9a64-8c4f3f2b1e00';
const LEVEL = '7ad50000-0002-4c0d-9a64-8c4f3f2b1e00';
const STRANGER = { peerAddressType: 1 };

describe.each(['legacy', 'extended'] as const)('with %s commands', (advertisingCommands) => {
  const extended = advertisingCommands === 'extended';
  const scanEnable = extended ? commands.leSetExtendedScanEnable : commands.leSetScanEnable;
  const advertisingEnable = extended
    ? commands.leSetExtendedAdvertisingEnable
    : commands.leSetAdvertisingEnable;
  /** A device on a controller that can be made to fail, and another device in range. */
  async function setUp(options: Partial<DeviceOptions> = {}) {
    const world = new World();
    world.defaults = { advertisingCommands };
    const other = await world.device();
    const controller = world.controller();
    const ports: FaultyTransport[] = [];
    /** Why the port cannot be opened; `undefined` when it can. */
    const port: { missing: TransportError | undefined } = { missing: undefined };
    const { clock, random } = world;
    const faults: Fault[] = [];
    const attempts: RecoveryAttempt[] = [];
    const recoveries: Recovery[] = [];
    const closed: unknown[] = [];
    const device = await world.device({
      transport: () => {
        if (port.missing) throw port.missing;
        ports.push(new FaultyTransport(controller.transport()));
        return ports.at(-1)!;
      },
      clock,
      random,
      ...options,
    });
    device.on('fault', (fault) => faults.push(fault));
    device.on('recovering', (attempt) => attempts.push(attempt));
    device.on('recovered', (recovery) => recoveries.push(recovery));
    device.on('closed', (error) => closed.push(error));
    return { world, clock, other, device, ports, port, faults, attempts, recoveries, closed };
  }

  /** Every command since the last Reset. */
  function sinceReset(port: FaultyTransport): number[] {
    return port.opcodes.slice(port.opcodes.lastIndexOf(commands.reset.opcode));
  }

  /** How many reports a scan brings in a second. */
  async function reportsInASecond(world: World, scan: { received: number }): Promise<number> {
    const before = scan.received;
    await world.clock.advance(1000);
    return scan.received - before;
  }

  describe('a controller that fails', () => {
    it('is left alone when it dropped a command and answers the next one (hci_uart out of buffers)', async (test) => {
      const { clock, device, ports, faults, recoveries } = await setUp();
      ports[0]!.swallowed.add(commands.leRand.opcode);
      const lost = expect(device.host.send(commands.leRand, {})).rejects.toMatchObject({ code: 'TIMEOUT' });
      await clock.advance(5000);
      await lost;
      expect(faults).toMatchObject([{ kind: 'commandTimeout', command: 'LE_Rand' }]);
      expect(ports[0]!.opcodes.at(-1)).toBe(commands.readBdAddr.opcode);
      expect(recoveries).toEqual([]);
      expect(device.isOpen).toBe(true);
      mistake(test, {
        chapter: 'wrong',
        what: 'hci_uart drops a command when it runs out of buffers (zephyr#37731)',
        outcome: 'healed',
        message: faults[0]!.message,
      });
    });

    it('is opened anew when it answers nothing any more, and scans, advertises and filters as before', async (test) => {
      const { world, clock, other, device, ports, faults, attempts, recoveries } = await setUp({
        address: 'C0:DE:C0:00:00:07',
      });
      await world.run(other.startAdvertising({ intervalMinMs: 100, intervalMaxMs: 100 }));
      const scan = await world.run(device.startScan({ active: false, onReport: () => {} }));
      await world.run(device.startAdvertising({ data: { completeLocalName: 'lamp' } }));
      const entry = { addressType: STRANGER.peerAddressType, address: other.address.bd };
      await world.run(device.host.send(commands.leAddDeviceToFilterAcceptList, entry));
      expect(await reportsInASecond(world, scan)).toBeGreaterThan(3);

      ports[0]!.silent = true;
      const lost = expect(device.host.send(commands.leRand, {})).rejects.toMatchObject({ code: 'TIMEOUT' });
      await clock.advance(30_000);
      await lost;
      expect(faults.map(({ kind }) => kind)).toEqual(['commandTimeout', 'silent']);
      expect(attempts.map(({ action }) => action)).toEqual(['reset', 'reset', 'reopen']);
      expect(recoveries).toMatchObject([{ attempts: 3, fault: { kind: 'silent' } }]);
      expect(ports).toHaveLength(2);
      expect(ports[0]!.closed).toBe(true);
      expect(sinceReset(ports[1]!)).toEqual(
        expect.arrayContaining([
          commands.leSetRandomAddress.opcode,
          commands.leAddDeviceToFilterAcceptList.opcode,
          scanEnable.opcode,
          advertisingEnable.opcode,
        ]),
      );
      expect(await reportsInASecond(world, scan)).toBeGreaterThan(1);
      expect(device.scanning).toBe(true);
      expect(device.advertising).toBe(true);
      // Who looks for it finds it under its old address.
      const link = await world.run(other.connect('C0:DE:C0:00:00:07/random'));
      expect(link.isConnected).toBe(true);
      mistake(test, {
        chapter: 'wrong',
        what: 'the controller answers nothing any more',
        outcome: 'healed',
        message: faults.map(({ message }) => message).join('; '),
      });
    });

    it('is reset after a Hardware Error (Vol 4, Part E, 7.7.16); links end with the reason, what is pending rejects', async (test) => {
      const { world, clock, other, device, ports, faults, recoveries } = await setUp();
      const lamp = service(LAMP, { level: characteristic(LEVEL, { read: true, value: Uint8Array.of(7) }) });
      other.server.add(lamp);
      await world.run(other.startAdvertising({ restart: 'whenDisconnected' }));
      const link = await world.run(device.connect(other.address));
      const [found] = await world.run(link.gatt.discoverServices());
      expect(found).toBeDefined();
      const ended: unknown[] = [];
      link.on('disconnected', (reason) => ended.push(reason));
      const reading = link.gatt.read(3);
      const asking = device.host.send(commands.leRand, {});
      const told = Promise.all([
        expect(reading).rejects.toMatchObject({ code: 'DISCONNECTED' }),
        expect(asking).rejects.toMatchObject({
          code: 'CONTROLLER_RESET',
          message: /hardware error, code 0x42/,
        }),
      ]);
      ports[0]!.inject(HARDWARE_ERROR);
      await told;
      expect(faults).toMatchObject([{ kind: 'hardwareError', hardwareCode: 0x42 }]);
      expect(ended).toMatchObject([{ code: 'DISCONNECTED', cause: { code: 'CONTROLLER_RESET' } }]);
      expect(device.connections).toEqual([]);
      expect(device.recovering).toBe(true);
      // What is asked for meanwhile waits until the controller is back.
      const again = await world.run(device.connect(other.address));
      expect(recoveries).toHaveLength(1);
      expect(ports).toHaveLength(1);
      const [served] = await world.run(again.gatt.discoverServices(LAMP));
      const [level] = await world.run(served!.discoverCharacteristics());
      expect(await world.run(level!.read())).toEqual(Uint8Array.of(7));
      await world.run(device.close());
      expect(clock.pending).toBeGreaterThanOrEqual(0);
      mistake(test, {
        chapter: 'wrong',
        what: 'Hardware Error (04 10 01 xx)',
        outcome: 'healed',
        message: faults[0]!.message,
      });
    });

    it('goes on serving: whoever was connected connects again, and finds the attributes as they were', async () => {
      const { world, clock, other, device, ports } = await setUp();
      const lamp = service(LAMP, { level: characteristic(LEVEL, { read: true, value: Uint8Array.of(9) }) });
      device.server.add(lamp);
      await world.run(device.startAdvertising({ restart: 'whenDisconnected' }));
      const first = await world.run(other.connect(device.address));
      expect(device.advertising).toBe(false);
      ports[0]!.inject(HARDWARE_ERROR);
      await clock.advance(10_000);
      expect(first.isConnected).toBe(false);
      expect(device.advertising).toBe(true);
      const second = await world.run(other.connect(device.address));
      const [served] = await world.run(second.gatt.discoverServices(LAMP));
      const [level] = await world.run(served!.discoverCharacteristics());
      expect(await world.run(level!.read())).toEqual(Uint8Array.of(9));
    });

    it('does not advertise again what had ended before it failed', async () => {
      const { world, clock, other, device, ports, recoveries } = await setUp();
      await world.run(device.startAdvertising({ restart: 'never' }));
      await world.run(other.connect(device.address));
      ports[0]!.inject(HARDWARE_ERROR);
      await clock.advance(5000);
      expect(recoveries).toHaveLength(1);
      expect(device.advertising).toBe(false);
    });

    it('is reset when octets were lost on the way (H4 cannot find its place again)', async () => {
      const { clock, ports, faults, recoveries } = await setUp();
      ports[0]!.loseFraming();
      await clock.advance(1000);
      expect(faults).toMatchObject([{ kind: 'framing', bytes: Uint8Array.of(7, 7) }]);
      expect(recoveries).toHaveLength(1);
      expect(ports[0]!.opcodes.filter((opcode) => opcode === commands.reset.opcode)).toHaveLength(2);
    });

    it('is waited for when it is unplugged, and works again when it is back', async () => {
      const { world, clock, other, device, ports, port, faults, attempts, recoveries, closed } =
        await setUp();
      await world.run(other.startAdvertising({ intervalMinMs: 100, intervalMaxMs: 100 }));
      const scan = await world.run(device.startScan({ active: false, onReport: () => {} }));
      port.missing = new TransportError(
        'faulty:: there is no port. Is the device plugged in?',
        'PORT_NOT_FOUND',
      );
      ports[0]!.unplug();
      await clock.advance(6000);
      expect(faults).toMatchObject([{ kind: 'lost' }]);
      expect(attempts.length).toBeGreaterThan(3);
      expect(attempts.every(({ action }) => action === 'reopen')).toBe(true);
      expect(attempts.at(-1)!.lastError).toMatchObject({ code: 'PORT_NOT_FOUND' });
      port.missing = undefined;
      await clock.advance(6000);
      expect(recoveries).toHaveLength(1);
      expect(await reportsInASecond(world, scan)).toBeGreaterThan(3);
      expect(closed).toEqual([]);
    });

    it('is given up after as many tries as permitted, with one clear error for all', async (test) => {
      const { world, clock, device, ports, port, attempts, closed } = await setUp({
        recovery: { maxAttempts: 3 },
      });
      const scan = await world.run(device.startScan({ active: false }));
      const next = expect(scan[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'RECOVERY_FAILED',
      });
      port.missing = new TransportError(
        'faulty:: there is no port. Is the device plugged in?',
        'PORT_NOT_FOUND',
      );
      ports[0]!.unplug();
      const waiting = expect(device.startAdvertising()).rejects.toMatchObject({ code: 'INVALID_STATE' });
      await clock.advance(60_000);
      await Promise.all([next, waiting]);
      expect(attempts).toHaveLength(3);
      expect(closed).toMatchObject([
        {
          code: 'RECOVERY_FAILED',
          message: expect.stringMatching(/is gone.*tried 3 times in .* at last: .*no port.*Unplug it/),
          cause: { code: 'PORT_NOT_FOUND' },
        },
      ]);
      expect(device.isOpen).toBe(false);
      mistake(test, {
        chapter: 'wrong',
        what: 'the port does not come back',
        outcome: 'diagnosed',
        message: (closed[0] as Error).message,
      });
    });

    it('is given up when each recovery is followed by the next fault', async () => {
      const { clock, device, ports, closed } = await setUp({ recovery: { maxAttempts: 4 } });
      for (let i = 0; i < 6; i++) {
        ports.at(-1)!.inject(HARDWARE_ERROR);
        await clock.advance(4000);
      }
      expect(closed).toMatchObject([
        { code: 'RECOVERY_FAILED', message: expect.stringMatching(/failed again/) },
      ]);
      expect(device.isOpen).toBe(false);
    });

    it('counts anew when it was well for half a minute in between', async () => {
      const { clock, device, ports, recoveries, closed } = await setUp({ recovery: { maxAttempts: 2 } });
      for (let i = 0; i < 5; i++) {
        ports.at(-1)!.inject(HARDWARE_ERROR);
        await clock.advance(40_000);
      }
      expect(closed).toEqual([]);
      expect(recoveries).toHaveLength(5);
      expect(device.isOpen).toBe(true);
    });
  });

  describe('a failed assertion in the controller', () => {
    it('is told with file and line, and the port is opened anew, as it is silent from there on', async (test) => {
      const { clock, device, ports, faults, attempts, recoveries } = await setUp();
      device.host.identify({ companyIdentifier: 0x05f1, supportedCommands: undefined });
      ports[0]!.inject(
        `04ff0f aa ${Buffer.from('lll_adv.c').toString('hex')} 00 2a010000`.replaceAll(' ', ''),
      );
      ports[0]!.silent = true;
      await clock.advance(20_000);
      expect(faults[0]).toMatchObject({ kind: 'assertion', file: 'lll_adv.c', line: 298 });
      expect(attempts.map(({ action }) => action)).toEqual(['reset', 'reset', 'reopen']);
      expect(recoveries).toHaveLength(1);
      mistake(test, {
        chapter: 'wrong',
        what: 'Zephyr asserts (04 ff len aa file line), then silence',
        outcome: 'healed',
        message: faults[0]!.message,
      });
    });
  });

  describe("a controller that was restarted behind the host's back", () => {
    it('is found out when the machine has slept, and set up again', async (test) => {
      const { world, clock, other, device, ports, faults, recoveries } = await setUp();
      await world.run(other.startAdvertising({ intervalMinMs: 100, intervalMaxMs: 100 }));
      const scan = await world.run(device.startScan({ active: false, onReport: () => {} }));
      ports[0]!.restart();
      clock.sleepMachine(3_600_000);
      await clock.advance(12_000);
      expect(faults.map(({ kind }) => kind)).toEqual(['slept', 'restarted']);
      expect(faults[0]!.message).toMatch(/slept for 3600 s/);
      expect(recoveries).toHaveLength(1);
      expect(await reportsInASecond(world, scan)).toBeGreaterThan(3);
      mistake(test, {
        chapter: 'wrong',
        what: 'the laptop slept, and the controller lost its power meanwhile',
        outcome: 'healed',
        message: faults.map(({ message }) => message).join('; '),
      });
    });

    it('is found out by an advertising set, which is made anew', async () => {
      const { world, clock, device, ports, faults, recoveries } = await setUp({
        advertisingCommands: 'extended',
        recovery: { heartbeatMs: 20_000 },
      });
      const set = await world.run(device.createAdvertisingSet({ sid: 3 }));
      await world.run(set.start());
      await clock.advance(45_000);
      expect(faults).toEqual([]);
      ports[0]!.restart();
      await clock.advance(45_000);
      expect(faults).toMatchObject([
        { kind: 'restarted', message: expect.stringMatching(/does not know an advertising set/) },
      ]);
      expect(recoveries).toHaveLength(1);
      expect(set.advertising).toBe(true);
    });

    it('is found out by the question that is put to a silent controller, by its advertising', async (test) => {
      const { world, clock, device, ports, faults, recoveries } = await setUp({
        recovery: { heartbeatMs: 20_000 },
      });
      await world.run(device.startAdvertising());
      ports[0]!.restart();
      await clock.advance(45_000);
      expect(faults).toMatchObject([
        { kind: 'restarted', message: expect.stringMatching(/does not advertise/) },
      ]);
      expect(recoveries).toHaveLength(1);
      expect(device.advertising).toBe(true);
      mistake(test, {
        chapter: 'wrong',
        what: 'the controller restarted by itself (brown-out)',
        outcome: 'healed',
        message: faults[0]!.message,
      });
    });

    it('is found out by a link that it does not know', async () => {
      const { world, clock, other, device, ports, faults } = await setUp({
        recovery: { heartbeatMs: 20_000 },
      });
      await world.run(other.startAdvertising());
      const link = await world.run(device.connect(other.address));
      ports[0]!.restart();
      await clock.advance(45_000);
      expect(faults).toMatchObject([
        { kind: 'restarted', message: expect.stringMatching(/does not know the link/) },
      ]);
      expect(link.isConnected).toBe(false);
    });

    it('and one that was not is left in peace: scan, advertising and links go on', async () => {
      const { world, clock, other, device, ports, faults, recoveries } = await setUp({
        recovery: { heartbeatMs: 20_000 },
      });
      await world.run(other.startAdvertising());
      const link = await world.run(device.connect(other.address));
      await world.run(device.startScan({ active: false, onReport: () => {} }));
      await world.run(device.startAdvertising());
      clock.sleepMachine(3_600_000);
      await clock.advance(60_000);
      expect(faults.map(({ kind }) => kind)).toEqual(['slept']);
      expect(recoveries).toEqual([]);
      expect(link.isConnected).toBe(true);
      expect(
        ports[0]!.opcodes.filter((opcode) => opcode === commands.readBdAddr.opcode).length,
      ).toBeGreaterThan(2);
      // Disallowed while it scans and advertises, as they were asked for the same.
      expect(device.scanning && device.advertising).toBe(true);
    });
  });

  describe('while a controller is brought back', () => {
    it('closing the device ends the recovery and leaves no timer behind', async () => {
      const { world, clock, device, ports, port, closed } = await setUp();
      port.missing = new TransportError('no port', 'PORT_NOT_FOUND');
      ports[0]!.unplug();
      await clock.advance(700);
      expect(device.recovering).toBe(true);
      await world.run(device.close());
      expect(closed).toEqual([undefined]);
      const before = ports.length;
      port.missing = undefined;
      await clock.advance(60_000);
      expect(ports).toHaveLength(before);
    });

    it('a scan can be stopped, and does not come back', async () => {
      const { world, clock, device, ports, port, recoveries } = await setUp();
      const scan = await world.run(device.startScan({ onReport: () => {} }));
      port.missing = new TransportError('no port', 'PORT_NOT_FOUND');
      ports[0]!.unplug();
      await clock.advance(700);
      await world.run(scan.stop());
      await world.run(device.stopAdvertising());
      port.missing = undefined;
      await clock.advance(10_000);
      expect(recoveries).toHaveLength(1);
      expect(device.scanning).toBe(false);
      expect(sinceReset(ports.at(-1)!)).not.toContain(scanEnable.opcode);
    });

    it('a caller who waits may leave', async () => {
      const { clock, device, ports, port } = await setUp();
      port.missing = new TransportError('no port', 'PORT_NOT_FOUND');
      ports[0]!.unplug();
      await clock.advance(700);
      const abort = new AbortController();
      const waiting = expect(device.startScan({ signal: abort.signal })).rejects.toThrow('enough');
      abort.abort(new Error('enough'));
      await waiting;
    });
  });

  describe('the recovery option', () => {
    it('false ends the device when its port is lost', async () => {
      const { device, ports, closed, attempts } = await setUp({ recovery: false });
      ports[0]!.unplug();
      expect(closed).toMatchObject([{ code: 'PORT_LOST' }]);
      expect(attempts).toEqual([]);
      expect(device.isOpen).toBe(false);
    });

    it('is off for a transport object, which cannot be opened again, and resets it when switched on', async () => {
      const off = new World();
      const plain = new FaultyTransport(off.controller().transport());
      const device = await off.device({ transport: plain });
      plain.inject(HARDWARE_ERROR);
      await off.clock.advance(5000);
      expect(plain.opcodes.filter((opcode) => opcode === commands.reset.opcode)).toHaveLength(1);
      expect(device.isOpen).toBe(true);

      const on = new World();
      const watched = new FaultyTransport(on.controller().transport());
      const other = await on.device({ transport: watched, recovery: true });
      watched.inject(HARDWARE_ERROR);
      await on.clock.advance(5000);
      expect(watched.opcodes.filter((opcode) => opcode === commands.reset.opcode)).toHaveLength(2);
      const closed: unknown[] = [];
      other.on('closed', (error) => closed.push(error));
      watched.unplug();
      await on.clock.advance(5000);
      expect(closed).toMatchObject([{ code: 'RECOVERY_FAILED' }]);
    });

    it('takes a policy of one’s own, which is asked with all that counts', async () => {
      const asked: unknown[] = [];
      const { clock, ports, recoveries } = await setUp({
        recovery: {
          heartbeatMs: Number.POSITIVE_INFINITY,
          probeTimeoutMs: 1000,
          decide: (fault, context) => {
            asked.push({ kind: fault.kind, ...context });
            return { action: context.attempt === 1 ? 'ignore' : 'reset' };
          },
        },
      });
      ports[0]!.inject(HARDWARE_ERROR);
      await clock.advance(5000);
      expect(recoveries).toEqual([]);
      expect(asked).toMatchObject([
        { kind: 'hardwareError', attempt: 1, canReopen: true, portIsOpen: true, recoveries: 0 },
      ]);
    });

    it.each([
      [{ maxAttempts: 0 }, /maxAttempts/],
      [{ delaysMs: [] }, /delaysMs/],
      [{ delaysMs: [-1] }, /delaysMs/],
      [{ heartbeatMs: 10 }, /heartbeatMs/],
      [{ afterSleep: 'dream' }, /afterSleep/],
      [{ tries: 3 }, /"tries"/],
      ['yes', /true, false, options or a policy/],
    ])('refuses %j by name', async (recovery, message) => {
      await expect(setUp({ recovery: recovery as never })).rejects.toThrow(message);
    });
  });

  describe('the report of a fault', () => {
    it('has the last commands and events, and no keys', async () => {
      const { world, device, ports, faults } = await setUp();
      const address = (device as Device).address.bd;
      const parameters = {
        peerIdentityAddressType: 0,
        peerIdentityAddress: address,
        peerIrk: new Uint8Array(16).fill(0xee),
        localIrk: new Uint8Array(16).fill(0xdd),
      };
      await world.run(
        device.host
          .send(commands.leAddDeviceToResolvingList, parameters, { evenIfUnsupported: true })
          .catch(() => {}),
      );
      ports[0]!.inject(HARDWARE_ERROR);
      const { packets } = faults[0]!;
      expect(toHex(packets.at(-1)!.packet)).toBe('04100142');
      const secret = packets.find(({ packet, sent }) => sent && packet[1] === 0x27 && packet[2] === 0x20);
      expect(toHex(secret!.packet)).toBe(`01272027${'00'.repeat(39)}`);
      expect(packets.length).toBeLessThanOrEqual(32);
    });
  });
});
