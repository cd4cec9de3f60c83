import { ByteReader, concatBytes } from '../../../../src/core/index.js';
import * as commands from '../../../../src/hci/commands/index.js';
import type { ParametersOf } from '../../../../src/hci/definition.js';
import {
  leCisEstablishedV1,
  leCisRequest,
  numberOfCompletedPackets,
} from '../../../../src/hci/events/index.js';
import { type IsoPacket, isoPacket } from '../../../../src/hci/iso-packet.js';
import type { Personality } from '../../../../src/virtual/index.js';
import { encodeCommand, type HciScript } from '../../../support/hci-script.js';
import { advertise, type ConnectedPair, createConnection, type World } from '../../world.js';

export const CIS_HOST_SUPPORT = 32;

type CigParameters = ParametersOf<typeof commands.leSetCigParameters>;
type CisParameters = CigParameters['cises'][number];

export function cis(change: Partial<CisParameters> = {}): CisParameters {
  return {
    cisId: 1,
    maxSduCToP: 100,
    maxSduPToC: 40,
    phyCToP: 2,
    phyPToC: 2,
    rtnCToP: 2,
    rtnPToC: 2,
    ...change,
  };
}

export function cig(change: Partial<CigParameters> = {}): CigParameters {
  return {
    cigId: 7,
    sduIntervalCToP: 10_000,
    sduIntervalPToC: 10_000,
    worstCaseSca: 0,
    packing: 0,
    framing: 0,
    maxTransportLatencyCToP: 20,
    maxTransportLatencyPToC: 20,
    cises: [cis()],
    ...change,
  };
}

/** Two controllers whose hosts can do connected streams, connected. */
export async function streamingPair(world: World, personality?: Personality): Promise<ConnectedPair> {
  const central = await world.controller(personality);
  const peripheral = await world.controller(personality);
  for (const { hci } of [central, peripheral]) {
    await hci.command(commands.leSetHostFeatureV1, { bitNumber: CIS_HOST_SUPPORT, bitValue: 1 });
  }
  await advertise(peripheral.hci);
  await central.hci.command(commands.leCreateConnection, createConnection(peripheral.controller.address));
  await world.clock.advance(400);
  central.hci.received.length = 0;
  peripheral.hci.received.length = 0;
  return { central, peripheral, centralHandle: 1, peripheralHandle: 1 };
}

/** A pair with a stream between them, by its handles. */
export interface StreamingPair extends ConnectedPair {
  readonly cisAtCentral: number;
  readonly cisAtPeripheral: number;
}

/** Creates a stream and has it accepted. */
export async function withStream(
  world: World,
  pair: ConnectedPair,
  parameters: CigParameters = cig(),
): Promise<StreamingPair> {
  const { central, peripheral, centralHandle } = pair;
  const { connectionHandles } = await central.hci.command(commands.leSetCigParameters, parameters);
  const cisAtCentral = connectionHandles[0]!;
  const both = { cisConnectionHandle: cisAtCentral, aclConnectionHandle: centralHandle };
  await central.hci.command(commands.leCreateCis, { cises: [both] });
  const request = await peripheral.hci.eventually(leCisRequest);
  const cisAtPeripheral = request.cisConnectionHandle;
  await peripheral.hci.command(commands.leAcceptCisRequest, { connectionHandle: cisAtPeripheral });
  await central.hci.eventually(leCisEstablishedV1, { status: 0, connectionHandle: cisAtCentral });
  await peripheral.hci.eventually(leCisEstablishedV1, { status: 0, connectionHandle: cisAtPeripheral });
  await world.clock.advance(1);
  return { ...pair, cisAtCentral, cisAtPeripheral };
}

/** Sets up a data path: 0 from the host, 1 to it. What has come until then is thrown away. */
export async function openPath(hci: HciScript, handle: number, direction: number): Promise<void> {
  hci.received.length = 0;
  await hci.command(commands.leSetupIsoDataPath, path(handle, direction));
}

export function path(connectionHandle: number, dataPathDirection: number) {
  return {
    connectionHandle,
    dataPathDirection,
    dataPathId: 0,
    codecId: Uint8Array.of(3, 0, 0, 0, 0),
    controllerDelay: 0,
    codecConfiguration: new Uint8Array(0),
  };
}

/** The H4 packet of ISO data. */
export function encodeIso(packet: IsoPacket): Uint8Array {
  return concatBytes(Uint8Array.of(5), encode(packet));
}

function encode(packet: IsoPacket): Uint8Array {
  const { data, sdu } = packet;
  const header: number[] = [
    packet.connectionHandle & 0xff,
    (packet.connectionHandle >> 8) | (packet.packetBoundaryFlag << 4),
  ];
  const length = data.length + (sdu ? 4 : 0);
  header.push(length & 0xff, length >> 8);
  if (sdu) {
    header.push(sdu.packetSequenceNumber & 0xff, sdu.packetSequenceNumber >> 8);
    header.push(sdu.isoSduLength & 0xff, sdu.isoSduLength >> 8);
  }
  return concatBytes(Uint8Array.from(header), data);
}

/** Sends a whole SDU in one packet. */
export async function sendSdu(
  hci: HciScript,
  connectionHandle: number,
  packetSequenceNumber: number,
  data: Uint8Array,
): Promise<void> {
  await hci.send(
    encodeIso({
      connectionHandle,
      packetBoundaryFlag: 2,
      sdu: { packetSequenceNumber, isoSduLength: data.length, packetStatusFlag: 0 },
      data,
    }),
  );
}

/** Takes all ISO data packets that have come, and leaves the rest. */
export function allIso(hci: HciScript): IsoPacket[] {
  const found: IsoPacket[] = [];
  for (const packet of hci.received.splice(0)) {
    if (packet[0] === 5) found.push(isoPacket.read(new ByteReader().reset(packet, 1)));
    else hci.received.push(packet);
  }
  return found;
}

/** How many packets of a handle the host was told of as completed. */
export function completed(hci: HciScript, handle: number): number {
  return hci
    .all(numberOfCompletedPackets)
    .flatMap(({ handles }) => handles)
    .filter(({ connectionHandle }) => connectionHandle === handle)
    .reduce((sum, { numCompletedPackets }) => sum + numCompletedPackets, 0);
}

export { encodeCommand };
