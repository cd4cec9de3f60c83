import { expectTypeOf, it } from 'vitest';
import type { BdAddr } from '../../src/core/address.js';
import * as commands from '../../src/hci/commands/index.js';
import type { ParametersOf, ReturnsOf } from '../../src/hci/definition.js';
import * as events from '../../src/hci/events/index.js';
import type { HciHost } from '../../src/hci/host.js';
import { zephyrFatalError, zephyrReadStaticAddresses } from '../../src/hci/vendor/zephyr.js';

// What is said here is checked by `npm run types`.

it('infers the parameters and results of commands', () => {
  type Send<D> = (host: HciHost, command: D) => unknown;
  const send = async (host: HciHost) => {
    expectTypeOf(await host.send(commands.reset, {})).toEqualTypeOf<{ status: number }>();
    expectTypeOf(await host.send(commands.readBdAddr, {})).toEqualTypeOf<{
      status: number;
      bdAddr: BdAddr;
    }>();
    const { leFeatures } = await host.send(commands.leReadLocalSupportedFeaturesPage0, {});
    expectTypeOf(leFeatures).toEqualTypeOf<Uint8Array>();
    const { randomNumber } = await host.send(commands.leRand, {});
    expectTypeOf(randomNumber).toEqualTypeOf<bigint>();
    const { addresses } = await host.send(zephyrReadStaticAddresses, {});
    expectTypeOf(addresses).toEqualTypeOf<{ address: BdAddr; identityRoot: Uint8Array }[]>();
    const { connectionHandles } = await host.send(commands.leSetCigParameters, {
      ...{ cigId: 0, sduIntervalCToP: 10_000, sduIntervalPToC: 10_000, worstCaseSca: 0, packing: 0 },
      ...{ framing: 0, maxTransportLatencyCToP: 10, maxTransportLatencyPToC: 10, cises: [] },
    });
    expectTypeOf(connectionHandles).toEqualTypeOf<number[]>();
    await host.send(commands.leSetExtendedScanParameters, {
      ownAddressType: 0,
      scanningFilterPolicy: 0,
      scanningPhys: [{ phy: 1, scanType: 1, scanInterval: 96, scanWindow: 48 }],
    });
    // @ts-expect-error a parameter is missing
    await host.send(commands.disconnect, { connectionHandle: 1 });
    // @ts-expect-error an address is no text
    await host.send(commands.leSetRandomAddress, { randomAddress: 'C0:00:00:00:00:01' });
    // @ts-expect-error there is no such parameter
    await host.send(commands.leReadPhy, { connectionHandle: 1, phy: 1 });
    // @ts-expect-error events are not sent
    await host.send(events.leScanTimeout, {});
  };
  expectTypeOf(send).toExtend<Send<never>>();
});

it('infers the parameters of events', () => {
  const listen = (host: HciHost) => {
    host.onEvent(events.leAdvertisingReport, ({ reports }) => {
      expectTypeOf(reports).toEqualTypeOf<
        { eventType: number; addressType: number; address: BdAddr; data: Uint8Array; rssi: number }[]
      >();
    });
    host.onEvent(events.leLongTermKeyRequest, (request) => {
      expectTypeOf(request).toEqualTypeOf<{
        connectionHandle: number;
        randomNumber: bigint;
        encryptedDiversifier: number;
      }>();
    });
    host.onEvent(events.leScanTimeout, (nothing) => {
      expectTypeOf(nothing).toEqualTypeOf<Record<never, never>>();
    });
    host.onEvent(zephyrFatalError, ({ error }) => {
      if ('cpu' in error) expectTypeOf(error.reason).toEqualTypeOf<number>();
      if ('file' in error) expectTypeOf(error.file).toEqualTypeOf<string>();
    });
    // @ts-expect-error commands do not come
    host.onEvent(commands.reset, () => {});
  };
  expectTypeOf(listen).toBeFunction();
});

it('names the objects of a declaration', () => {
  expectTypeOf<ParametersOf<typeof commands.disconnect>>().toEqualTypeOf<{
    connectionHandle: number;
    reason: number;
  }>();
  expectTypeOf<ReturnsOf<typeof commands.leReadFilterAcceptListSize>>().toEqualTypeOf<{
    status: number;
    filterAcceptListSize: number;
  }>();
  expectTypeOf<ReturnsOf<typeof commands.disconnect>>().toEqualTypeOf<Record<never, never>>();
  expectTypeOf<ParametersOf<typeof events.disconnectionComplete>>().toEqualTypeOf<{
    status: number;
    connectionHandle: number;
    reason: number;
  }>();
});
