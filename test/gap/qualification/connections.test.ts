import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/gap/connection.js';
import type { AdvertisingReport } from '../../../src/hci/advertising-report.js';
import * as commands from '../../../src/hci/commands/index.js';
import { event } from '../../support/scripted-controller.js';
import { connectionComplete, legacyDevice } from './radio.js';

/** GAP/CONN: connection establishment and its end (Core Vol 3, Part C, 9.3.5 to 9.3.8 and 9.3.10), by what passes the HCI. */

const PEER = 'C0:00:00:00:00:02/random';
const [ADV_IND, ADV_DIRECT_IND] = ['00', '01'];
/** LE Advertising Report of the peer. */
const report = (type: string, data = '') =>
  event(0x3e, `02 01 ${type} 01 0200000000c0 ${(data.length / 2).toString(16).padStart(2, '0')} ${data} c8`);

/** The fields of an LE Create Connection (Vol 4, Part E, 7.8.12). */
function created(parameters: string | undefined) {
  const octets = Buffer.from(parameters!, 'hex');
  return {
    filterPolicy: octets[4],
    peer: octets.subarray(5, 12).toString('hex'),
    own: octets[12],
    interval: [octets.readUInt16LE(13), octets.readUInt16LE(15)],
    latency: octets.readUInt16LE(17),
    timeout: octets.readUInt16LE(19),
  };
}

const made = { peer: '010200000000c0', own: 0, interval: [12, 24], latency: 0, timeout: 400 };

describe('general connection establishment (9.3.6): scan, choose, connect', () => {
  it.each([
    ['GAP/CONN/GCEP/BV-01-C', 'directed', ADV_DIRECT_IND],
    ['GAP/CONN/GCEP/BV-02-C', 'undirected', ADV_IND],
  ])(
    '%s: a peer in the %s connectable mode is found, and connected to by its address',
    async (_name, _mode, type) => {
      const { clock, device, controller, sent } = await legacyDevice();
      const found = new Promise<AdvertisingReport>((resolve) => {
        void device.startScan({ onReport: resolve });
      });
      await clock.advance(10);
      // The Filter Accept List is not used.
      expect(sent(commands.leSetScanParameters)[0]!.slice(-2)).toBe('00');
      controller.emit(report(type));
      const seen = await clock.run(found);
      expect([seen.connectable, seen.directed]).toEqual([true, type === ADV_DIRECT_IND]);
      controller.answer(commands.leCreateConnection, () => [
        event(0x0f, '00 01 0d20'),
        connectionComplete('central'),
      ]);
      const link = await clock.run(device.connect(seen, { exchangeMtu: false }));
      expect(created(sent(commands.leCreateConnection)[0])).toEqual({ filterPolicy: 0, ...made });
      expect([link.role, String(link.peer)]).toEqual(['central', PEER]);
    },
  );
});

it('GAP/CONN/SCEP/BV-01-C: selective connection establishment: only peers of the accept list are reported, one is connected to (9.3.7)', async () => {
  const { clock, device, controller, sent } = await legacyDevice();
  await clock.run(device.acceptList.add(PEER));
  const found = new Promise<AdvertisingReport>((resolve) => {
    void device.startScan({ acceptListOnly: true, onReport: resolve });
  });
  await clock.advance(10);
  expect(sent(commands.leAddDeviceToFilterAcceptList)).toEqual(['010200000000c0']);
  expect(sent(commands.leSetScanParameters)[0]!.slice(-2)).toBe('01');
  controller.emit(report(ADV_DIRECT_IND));
  const seen = await clock.run(found);
  controller.answer(commands.leCreateConnection, () => [
    event(0x0f, '00 01 0d20'),
    connectionComplete('central'),
  ]);
  await clock.run(device.connect(seen, { exchangeMtu: false }));
  // Without the list, by the address of who was chosen.
  expect(created(sent(commands.leCreateConnection)[0])).toEqual({ filterPolicy: 0, ...made });
});

it('GAP/CONN/ACEP/BV-01-C: auto connection establishment: the controller connects to whoever of the accept list is there (9.3.5)', async () => {
  const { clock, device, controller, sent } = await legacyDevice();
  await clock.run(device.acceptList.add(PEER, 'C0:00:00:00:00:03/random'));
  const attempt = device.connectAny({ exchangeMtu: false });
  await clock.advance(100);
  expect(sent(commands.leAddDeviceToFilterAcceptList)).toEqual(['010200000000c0', '010300000000c0']);
  // Initiator_Filter_Policy 1: whose address it is, is not looked at.
  expect(created(sent(commands.leCreateConnection)[0])).toMatchObject({ filterPolicy: 1 });
  controller.emit(connectionComplete('central'));
  const link = await clock.run(attempt);
  expect([link.role, String(link.peer)]).toEqual(['central', PEER]);
});

describe('direct connection establishment (9.3.8): one address', () => {
  it.each([
    ['GAP/CONN/DCEP/BV-01-C', 'directed'],
    ['GAP/CONN/DCEP/BV-03-C', 'undirected'],
  ])('%s: of a peer in the %s connectable mode, without a scan before', async (_name, mode) => {
    const { clock, device, controller, sent } = await legacyDevice();
    const attempt = device.connect(PEER, { exchangeMtu: false, encrypt: false });
    await clock.advance(mode === 'directed' ? 100 : 2000);
    expect(sent(commands.leSetScanEnable)).toEqual([]);
    expect(created(sent(commands.leCreateConnection)[0])).toEqual({ filterPolicy: 0, ...made });
    controller.emit(connectionComplete('central'));
    const link = await clock.run(attempt);
    expect(link.parameters).toEqual({ intervalMs: 30, latency: 0, supervisionTimeoutMs: 4000 });
  });
});

describe('termination (9.3.10)', () => {
  it.each<['central' | 'peripheral']>([['central'], ['peripheral']])(
    'GAP/CONN/TERM/BV-01-C: as %s: by Disconnect, with the reason of a user, and its event',
    async (role) => {
      const { clock, device, controller, sent } = await legacyDevice();
      controller.answer(commands.disconnect, () => [event(0x0f, '00 01 0604'), event(0x05, '00 4000 16')]);
      const arrived = new Promise<Connection>((resolve) => device.once('connection', resolve));
      if (role === 'central') {
        const attempt = device.connect(PEER, { exchangeMtu: false });
        await clock.advance(10);
        controller.emit(connectionComplete('central'));
        await clock.run(attempt);
      } else {
        await clock.run(device.startAdvertising({ data: { flags: 6 } }));
        controller.emit(connectionComplete('peripheral'));
      }
      const link = await clock.run(arrived);
      expect(link.role).toBe(role);
      await clock.run(link.disconnect());
      expect(sent(commands.disconnect)).toEqual(['400013']);
      expect([link.isConnected, link.disconnectReason?.reason]).toEqual([false, 0x16]);
    },
  );
});
