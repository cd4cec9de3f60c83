import { readStructure } from '../air/subevent-structure.js';
import { followChannelMap } from './channel-map-update.js';
import { followParameters } from './connection-update.js';
import {
  type ControlPdu,
  llChannelMapInd,
  llClockAccuracyReq,
  llClockAccuracyRsp,
  llConnectionParamReq,
  llConnectionParamRsp,
  llConnectionUpdateInd,
  llFeatureReq,
  llFeatureRsp,
  llLengthReq,
  llLengthRsp,
  llPeripheralFeatureReq,
  llPhyReq,
  llPhyRsp,
  llPhyUpdateInd,
  llPingReq,
  llPingRsp,
  llPowerChangeInd,
  llPowerControlReq,
  llPowerControlRsp,
  llRejectExtInd,
  llRejectInd,
  llSubrateInd,
  llSubrateReq,
  llTerminateInd,
  llUnknownRsp,
  llVersionInd,
} from './control-pdu.js';
import { encryptionHandlers } from './encryption-procedure.js';
import { answerFeatures } from './exchanges.js';
import { LeFeature } from './features.js';
import { cisControlHandlers } from './iso/cis-control.js';
import { llCisRsp } from './iso/cis-pdus.js';
import { followLengths, sendLengths } from './length-update.js';
import type { ControlConditions, ControlHandler, LinkControl } from './link-control.js';
import { receiveParameterRequest } from './parameter-request.js';
import { answerPhyRequest, followPhys } from './phy-update.js';
import { answerPowerRequest, followPower } from './power-control.js';
import { HciStatus } from './status.js';
import { answerSubrateRequest, followSubrate } from './subrating.js';
import { llPeriodicSyncInd, llPeriodicSyncWrInd } from './sync-transfer.js';

function on<P>(
  pdu: ControlPdu<P>,
  handle: (control: LinkControl, body: P) => void,
  conditions: ControlConditions = {},
): ControlHandler {
  return {
    pdu: pdu as ControlPdu<unknown>,
    handle: (control, body) => handle(control, body as P),
    conditions,
  };
}

/** What makes the procedures of PHYs known. */
const phys = [LeFeature.le2MPhy, LeFeature.leCodedPhy];

/** The answers to the peer's LL Control PDUs, by opcode. */
export const controlHandlers: ReadonlyMap<number, ControlHandler> = new Map(
  [
    on(
      llConnectionUpdateInd,
      (control, { interval, latency, timeout, instant }) =>
        followParameters(control, { interval, latency, timeout }, instant),
      { role: 'peripheral' },
    ),
    on(
      llChannelMapInd,
      (control, { channelMap, instant }) => followChannelMap(control, channelMap.slice(), instant),
      { role: 'peripheral' },
    ),
    on(llTerminateInd, (control, { errorCode }) => control.connection.terminatedByPeer(errorCode)),
    on(llUnknownRsp, (control, { unknownType }) =>
      control.rejected(unknownType, HciStatus.unsupportedRemoteFeature),
    ),
    on(llFeatureReq, (control, { featureSet }) => answerFeatures(control, featureSet), {
      role: 'peripheral',
    }),
    on(llFeatureRsp, (control, { featureSet }) => {
      control.remoteFeatures = featureSet;
    }),
    on(llPeripheralFeatureReq, (control, { featureSet }) => answerFeatures(control, featureSet), {
      role: 'central',
      feature: LeFeature.peripheralInitiatedFeaturesExchange,
    }),
    on(llVersionInd, (control, version) => {
      control.remoteVersion ??= version;
      control.sendVersion();
    }),
    on(llRejectInd, (control, { errorCode }) => control.rejected(undefined, errorCode)),
    on(
      llRejectExtInd,
      (control, { rejectOpcode, errorCode }) => {
        control.rejected(rejectOpcode, errorCode);
        if (rejectOpcode === llCisRsp.opcode) {
          control.host.isochronous.rejectedByCentral(control.connection, errorCode);
        }
      },
      { feature: LeFeature.extendedRejectIndication },
    ),
    on(llPingReq, (control) => control.send(llPingRsp, {}), { feature: LeFeature.lePing }),
    on(llPingRsp, () => {}, { feature: LeFeature.lePing }),
    on(
      llLengthReq,
      (control, lengths) => {
        sendLengths(control, llLengthRsp);
        followLengths(control, lengths);
      },
      { feature: LeFeature.dataPacketLengthExtension },
    ),
    on(llLengthRsp, followLengths, {
      feature: LeFeature.dataPacketLengthExtension,
    }),
    on(llPhyReq, (control, { txPhys, rxPhys }) => answerPhyRequest(control, txPhys, rxPhys), {
      anyFeature: phys,
    }),
    on(llPhyRsp, () => {}, { role: 'central', anyFeature: phys }),
    on(
      llPhyUpdateInd,
      (control, { phyCToP, phyPToC, instant }) => followPhys(control, phyCToP, phyPToC, instant),
      { role: 'peripheral', anyFeature: phys },
    ),
    on(llPeriodicSyncInd, ({ host, connection }, train) => host.periodicSyncOffered(connection, train), {
      feature: LeFeature.periodicAdvertisingSyncTransferRecipient,
    }),
    on(
      llPeriodicSyncWrInd,
      ({ host, connection }, { subevents, ...train }) => {
        const structure = readStructure(subevents);
        if (structure) host.periodicSyncOffered(connection, train, structure);
      },
      { feature: LeFeature.periodicAdvertisingWithResponsesScanner },
    ),
    on(
      llConnectionParamReq,
      (control, { intervalMin, intervalMax, latency, timeout }) => {
        receiveParameterRequest(control, { intervalMin, intervalMax, latency, timeout });
      },
      { feature: LeFeature.connectionParametersRequestProcedure },
    ),
    on(llConnectionParamRsp, () => {}, {
      role: 'central',
      feature: LeFeature.connectionParametersRequestProcedure,
    }),
    on(llClockAccuracyReq, (control) => control.send(llClockAccuracyRsp, { sca: control.host.sca }), {
      feature: LeFeature.sleepClockAccuracyUpdates,
    }),
    on(llClockAccuracyRsp, () => {}, { feature: LeFeature.sleepClockAccuracyUpdates }),
    on(llPowerControlReq, answerPowerRequest, { feature: LeFeature.lePowerControlRequest }),
    on(llPowerControlRsp, () => {}, { feature: LeFeature.lePowerControlRequest }),
    on(llPowerChangeInd, followPower, { feature: LeFeature.lePowerControlRequest }),
    on(llSubrateReq, answerSubrateRequest, { role: 'central', feature: LeFeature.connectionSubrating }),
    on(llSubrateInd, followSubrate, { role: 'peripheral', feature: LeFeature.connectionSubrating }),
    ...encryptionHandlers,
    ...cisControlHandlers,
  ].map((handler) => [handler.pdu.opcode, handler]),
);
