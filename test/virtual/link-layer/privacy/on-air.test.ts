import { describe, expect, it } from 'vitest';
import { Address, AddressType, BdAddr, toHex } from '../../../../src/core/index.js';
import * as commands from '../../../../src/hci/commands/index.js';
import {
  leAdvertisingReport,
  leConnectionComplete,
  leDirectedAdvertisingReport,
  leEnhancedConnectionCompleteV1,
} from '../../../../src/hci/events/index.js';
import { featureSet, fullPersonality, LeFeature } from '../../../../src/virtual/index.js';
import { isMadeFrom } from '../../../../src/virtual/link-layer/privacy/rpa.js';
import type { HciScript } from '../../../support/hci-script.js';
import { advertise, advertisingParameters, createConnection, scan, World } from '../../world.js';
import { platformAes } from './aes.js';

const DISALLOWED = 0x0c;
const NO_IRK = new Uint8Array(16);
/** IRKs in the order of HCI; ah() takes them the other way round. */
const irkA = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
const irkB = Uint8Array.from({ length: 16 }, (_, i) => 0xb0 + i);
const madeFrom = (irk: Uint8Array, address: BdAddr) =>
  isMadeFrom(platformAes, irk.slice().reverse(), new Address(address, 1));

interface Private {
  readonly hci: HciScript;
  readonly identity: BdAddr;
  readonly irk: Uint8Array;
}

/** Puts `peer` on the resolving list of `one`, and has addresses resolved. */
async function know(
  one: Private,
  peer: Private,
  change: { peerIrk?: Uint8Array; localIrk?: Uint8Array } = {},
) {
  await one.hci.command(commands.leAddDeviceToResolvingList, {
    peerIdentityAddressType: AddressType.public,
    peerIdentityAddress: peer.identity,
    peerIrk: change.peerIrk ?? peer.irk,
    localIrk: change.localIrk ?? one.irk,
  });
  await one.hci.command(commands.leSetAddressResolutionEnable, { addressResolutionEnable: 1 });
}

async function two(world: World): Promise<{ a: Private; b: Private; c: HciScript }> {
  const [one, other, third] = [await world.controller(), await world.controller(), await world.controller()];
  return {
    a: { hci: one.hci, identity: one.controller.address, irk: irkA },
    b: { hci: other.hci, identity: other.controller.address, irk: irkB },
    c: third.hci,
  };
}

/** Advertising parameters of a device that hides from everybody but `peer`. */
const hidden = (peer: Private, change = {}) => ({
  ownAddressType: 2,
  peerAddressType: AddressType.public,
  peerAddress: peer.identity,
  ...change,
});

describe('a device that advertises under resolvable private addresses', () => {
  it('is reported by its identity address to whom its IRK is known, and by its address to others (Vol 6, Part B, 6.3)', async () => {
    const world = new World();
    const { a, b, c } = await two(world);
    await know(a, b);
    await know(b, a);
    await advertise(a.hci, hidden(b));
    await scan(b.hci);
    await scan(c);
    await world.clock.advance(300);
    const [known] = b.hci.all(leAdvertisingReport).flatMap(({ reports }) => reports);
    expect(known).toMatchObject({ addressType: AddressType.publicIdentity });
    expect(known!.address.equals(a.identity)).toBe(true);
    const [unknown] = c.all(leAdvertisingReport).flatMap(({ reports }) => reports);
    expect(unknown).toMatchObject({ addressType: AddressType.random });
    expect(madeFrom(irkA, unknown!.address)).toBe(true);
    const peer = { peerIdentityAddressType: 0, peerIdentityAddress: a.identity };
    b.hci.received.length = 0;
    const { peerResolvableAddress } = await b.hci.command(commands.leReadPeerResolvableAddress, peer);
    expect(peerResolvableAddress.equals(unknown!.address)).toBe(true);
    a.hci.received.length = 0;
    const back = { peerIdentityAddressType: 0, peerIdentityAddress: b.identity };
    const { localResolvableAddress } = await a.hci.command(commands.leReadLocalResolvableAddress, back);
    expect(localResolvableAddress.equals(unknown!.address)).toBe(true);
  });

  it('changes its address after the timeout, while it advertises (Vol 4, Part E, 7.8.45)', async () => {
    const world = new World();
    const { a, b, c } = await two(world);
    await know(a, b);
    await a.hci.command(commands.leSetResolvablePrivateAddressTimeoutV1, { rpaTimeout: 2 });
    await advertise(a.hci, hidden(b));
    await scan(c);
    await world.clock.advance(9000);
    const reports = c.all(leAdvertisingReport).flatMap((event) => event.reports);
    const addresses = new Set(reports.map(({ address }) => address.toString()));
    expect(addresses.size).toBe(5);
    for (const text of addresses) expect(madeFrom(irkA, BdAddr.parse(text))).toBe(true);
  });

  it('answers a scan request of the accepted device, which hides too (Vol 6, Part B, 4.3.2)', async () => {
    const world = new World();
    const { a, b, c } = await two(world);
    await know(a, b);
    await know(b, a);
    await a.hci.command(commands.leAddDeviceToFilterAcceptList, { addressType: 0, address: b.identity });
    await a.hci.command(commands.leSetScanResponseData, { scanResponseData: Uint8Array.of(2, 10, 0) });
    await advertise(a.hci, hidden(b, { advertisingFilterPolicy: 3 }));
    await scan(b.hci, { leScanType: 1, ownAddressType: 2 });
    await scan(c, { leScanType: 1 });
    await world.clock.advance(2000);
    const kinds = (hci: HciScript) =>
      new Set(
        hci.all(leAdvertisingReport).flatMap(({ reports }) => reports.map(({ eventType }) => eventType)),
      );
    expect([...kinds(b.hci)].sort()).toEqual([0, 4]);
    expect([...kinds(c)]).toEqual([0]);
  });

  it('is the identity address again where the list has no local IRK (Vol 4, Part E, 7.8.5)', async () => {
    const world = new World();
    const { a, b, c } = await two(world);
    await know(a, b, { localIrk: NO_IRK });
    await advertise(a.hci, hidden(b));
    await scan(c);
    await world.clock.advance(300);
    const [report] = c.all(leAdvertisingReport).flatMap(({ reports }) => reports);
    expect(report).toMatchObject({ addressType: AddressType.public });
    expect(report!.address.equals(a.identity)).toBe(true);
  });

  it('needs a random address or an entry of the list to hide behind one (0x12)', async () => {
    const world = new World();
    const { a, b } = await two(world);
    await a.hci.command(
      commands.leSetAdvertisingParameters,
      advertisingParameters(hidden(b, { ownAddressType: 3 })),
    );
    await a.hci.refused(commands.leSetAdvertisingEnable, { advertisingEnable: 1 }, 0x12);
    await know(a, b);
    await a.hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
  });
});

describe('a connection between devices that hide', () => {
  it.each([
    ['undirected', 0],
    ['directed', 4],
  ])(
    'is made by identity, and told with both resolvable addresses: %s (Vol 4, Part E, 7.7.65.10)',
    async (_kind, advertisingType) => {
      const world = new World();
      const { a, b } = await two(world);
      await know(a, b);
      await know(b, a);
      for (const { hci } of [a, b]) {
        await hci.command(commands.leSetEventMask, { leEventMask: 0x21fn });
      }
      await advertise(a.hci, hidden(b, { advertisingType }));
      await b.hci.command(commands.leCreateConnection, createConnection(a.identity, { ownAddressType: 2 }));
      const central = await b.hci.eventually(leEnhancedConnectionCompleteV1, { status: 0, role: 0 });
      const peripheral = await a.hci.eventually(leEnhancedConnectionCompleteV1, { status: 0, role: 1 });
      expect(central.peerAddressType).toBe(AddressType.publicIdentity);
      expect(central.peerAddress.equals(a.identity)).toBe(true);
      expect(madeFrom(irkA, central.peerResolvablePrivateAddress)).toBe(true);
      expect(madeFrom(irkB, central.localResolvablePrivateAddress)).toBe(true);
      expect(peripheral.peerAddress.equals(b.identity)).toBe(true);
      expect(peripheral.localResolvablePrivateAddress.equals(central.peerResolvablePrivateAddress)).toBe(
        true,
      );
      expect(peripheral.peerResolvablePrivateAddress.equals(central.localResolvablePrivateAddress)).toBe(
        true,
      );
      await b.hci.refused(commands.leCreateConnection, createConnection(a.identity), 0x0b);
    },
  );

  it('is told without them, by the identity address, to a host that knows only LE Connection Complete', async () => {
    const world = new World();
    const { a, b } = await two(world);
    await know(a, b);
    await know(b, a);
    await advertise(a.hci, hidden(b));
    const request = createConnection(a.identity, { peerAddressType: 2 });
    await b.hci.command(commands.leCreateConnection, request);
    const { peerAddressType, peerAddress } = await b.hci.eventually(leConnectionComplete, { status: 0 });
    expect(peerAddressType).toBe(AddressType.public);
    expect(peerAddress.equals(a.identity)).toBe(true);
  });

  it('comes about by the Filter Accept List, which has identity addresses (Vol 6, Part B, 4.3.1)', async () => {
    const world = new World();
    const { a, b } = await two(world);
    await know(a, b);
    await know(b, a);
    await b.hci.command(commands.leAddDeviceToFilterAcceptList, { addressType: 0, address: a.identity });
    await advertise(a.hci, hidden(b));
    const byList = createConnection(BdAddr.zero, { initiatorFilterPolicy: 1, ownAddressType: 2 });
    await b.hci.command(commands.leCreateConnection, byList);
    const { peerAddress } = await b.hci.eventually(leConnectionComplete, { status: 0 });
    expect(peerAddress.equals(a.identity)).toBe(true);
  });
});

describe('the privacy mode', () => {
  it.each([
    ['network', 0],
    ['device', 1],
  ])(
    '%s privacy: a device that shows its identity address is %i times welcome (Vol 6, Part B, 4.7)',
    async (_name, privacyMode) => {
      const world = new World();
      const { a, b } = await two(world);
      await know(b, a);
      const peer = { peerIdentityAddressType: 0, peerIdentityAddress: a.identity };
      await b.hci.command(commands.leSetPrivacyMode, { ...peer, privacyMode });
      await advertise(a.hci);
      await scan(b.hci);
      await world.clock.advance(500);
      expect(b.hci.all(leAdvertisingReport).length > 0).toBe(privacyMode === 1);
      await b.hci.command(commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 });
      await b.hci.command(commands.leCreateConnection, createConnection(a.identity));
      await world.clock.advance(500);
      expect(b.hci.all(leConnectionComplete).length).toBe(privacyMode);
    },
  );

  it('keeps connections of an identity address out, too', async () => {
    const world = new World();
    const { a, b } = await two(world);
    await know(a, b);
    await advertise(a.hci);
    await b.hci.command(commands.leCreateConnection, createConnection(a.identity));
    await world.clock.advance(500);
    expect(a.hci.all(leConnectionComplete)).toEqual([]);
  });
});

describe('an advertisement that is directed to an address which is not resolved', () => {
  it('is reported where the extended filter policy asks for it, and nowhere else (Vol 4, Part E, 7.7.65.11)', async () => {
    const world = new World();
    const { a, b, c } = await two(world);
    await know(a, b);
    await advertise(a.hci, hidden(b, { advertisingType: 4 }));
    await scan(b.hci, { scanningFilterPolicy: 2 });
    await scan(c, { scanningFilterPolicy: 0 });
    await world.clock.advance(300);
    c.silence();
    const [report] = b.hci.all(leDirectedAdvertisingReport).flatMap(({ reports }) => reports);
    expect(report).toMatchObject({ directAddressType: AddressType.random });
    expect(madeFrom(irkB, report!.directAddress)).toBe(true);
  });
});

describe('the resolving list', () => {
  const entry = (n: number) => ({
    peerIdentityAddressType: 1,
    peerIdentityAddress: BdAddr.parse(`C0000000000${n.toString(16)}`),
    peerIrk: Uint8Array.from({ length: 16 }, () => n + 1),
    localIrk: irkA,
  });

  it('has room for as many devices as it says (0x07), each once (0x12), and knows who is not there (0x02)', async () => {
    const { hci } = await new World().controller({ ...fullPersonality, resolvingListSize: 3 });
    expect(await hci.command(commands.leReadResolvingListSize, {})).toMatchObject({ resolvingListSize: 3 });
    for (let n = 0; n < 3; n++) await hci.command(commands.leAddDeviceToResolvingList, entry(n));
    await hci.refused(commands.leAddDeviceToResolvingList, entry(3), 0x07);
    await hci.refused(commands.leAddDeviceToResolvingList, entry(1), 0x12);
    await hci.refused(commands.leAddDeviceToResolvingList, { ...entry(5), peerIrk: entry(1).peerIrk }, 0x12);
    await hci.refused(commands.leAddDeviceToResolvingList, { ...entry(5), peerIdentityAddressType: 2 }, 0x12);
    const { peerIrk: _peer, localIrk: _local, ...stranger } = entry(3);
    await hci.refused(commands.leRemoveDeviceFromResolvingList, stranger, 0x02);
    await hci.refused(commands.leReadPeerResolvableAddress, stranger, 0x02);
    await hci.refused(commands.leReadLocalResolvableAddress, stranger, 0x02);
    await hci.refused(commands.leSetPrivacyMode, { ...stranger, privacyMode: 1 }, 0x02);
    const { peerIrk: _irk, localIrk: _own, ...known } = entry(1);
    await hci.refused(commands.leSetPrivacyMode, { ...known, privacyMode: 2 }, 0x12);
    const { peerResolvableAddress } = await hci.command(commands.leReadPeerResolvableAddress, known);
    expect(peerResolvableAddress.equals(BdAddr.zero)).toBe(true);
    await hci.command(commands.leRemoveDeviceFromResolvingList, known);
    await hci.command(commands.leAddDeviceToResolvingList, entry(3));
    await hci.command(commands.leClearResolvingList, {});
    await hci.refused(commands.leReadPeerResolvableAddress, known, 0x02);
  });

  it('does not change while addresses are resolved for advertising, scanning or initiating (0x0C)', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await hci.command(commands.leAddDeviceToResolvingList, entry(0));
    const { peerIrk: _peer, localIrk: _local, ...known } = entry(0);
    await scan(hci);
    // Without resolution, nothing goes by it.
    await hci.command(commands.leAddDeviceToResolvingList, entry(1));
    const enable = { addressResolutionEnable: 1 };
    await hci.refused(commands.leSetAddressResolutionEnable, enable, DISALLOWED);
    await hci.command(commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 });
    await hci.command(commands.leSetAddressResolutionEnable, enable);
    const starts = [
      () => scan(hci),
      () => advertise(hci),
      () => hci.command(commands.leCreateConnection, createConnection(known.peerIdentityAddress)),
      () =>
        hci.command(commands.lePeriodicAdvertisingCreateSync, {
          options: 0,
          advertisingSid: 1,
          advertiserAddressType: 1,
          advertiserAddress: known.peerIdentityAddress,
          skip: 0,
          syncTimeout: 100,
          syncCteType: 0,
        }),
    ];
    for (const start of starts) {
      await start();
      await hci.refused(commands.leAddDeviceToResolvingList, entry(2), DISALLOWED);
      await hci.refused(commands.leRemoveDeviceFromResolvingList, known, DISALLOWED);
      await hci.refused(commands.leClearResolvingList, {}, DISALLOWED);
      await hci.refused(commands.leSetPrivacyMode, { ...known, privacyMode: 1 }, DISALLOWED);
      await hci.command(commands.reset, {});
      await hci.command(commands.leAddDeviceToResolvingList, entry(0));
      await hci.command(commands.leSetAddressResolutionEnable, enable);
    }
  });

  it('takes timeouts from 1 s to 41400 s, and enables of 0 and 1', async () => {
    const { hci } = await new World().controller();
    await hci.refused(commands.leSetResolvablePrivateAddressTimeoutV1, { rpaTimeout: 0 }, 0x12);
    await hci.refused(commands.leSetResolvablePrivateAddressTimeoutV1, { rpaTimeout: 41401 }, 0x12);
    await hci.command(commands.leSetResolvablePrivateAddressTimeoutV1, { rpaTimeout: 41400 });
    await hci.refused(commands.leSetAddressResolutionEnable, { addressResolutionEnable: 2 }, 0x12);
  });

  it('is not there without LL Privacy: its commands are unknown, addresses of types 2 and 3 refused (0x11)', async () => {
    const leFeatures = fullPersonality.leFeatures & ~featureSet(LeFeature.llPrivacy);
    const { hci } = await new World().controller({ ...fullPersonality, leFeatures });
    await hci.send(Uint8Array.of(1, 0x2a, 0x20, 0));
    expect(toHex(hci.received.shift()!)).toBe('040e04012a2001');
    const own = { ownAddressType: 2 };
    await hci.refused(commands.leSetAdvertisingParameters, advertisingParameters(own), 0x11);
    await hci.refused(commands.leCreateConnection, createConnection(BdAddr.zero, own), 0x11);
    await hci.refused(
      commands.leCreateConnection,
      createConnection(BdAddr.zero, { peerAddressType: 2 }),
      0x12,
    );
    const parameters = {
      leScanType: 0,
      leScanInterval: 16,
      leScanWindow: 16,
      scanningFilterPolicy: 0,
      ...own,
    };
    await hci.refused(commands.leSetScanParameters, parameters, 0x11);
  });
});
