import * as events from '../../hci/events/index.js';
import type { HciHost } from '../../hci/host.js';
import type { LinkRadio } from './link-radio.js';
import { phyAndCodingName, phyName } from './radio-types.js';

const zones = ['low', 'middle', 'high'] as const;
const NO_PATH_LOSS = 255;
const NO_DELTA = 127;
/** The peer does not manage its power on this PHY, or the level is not available. */
const NOT_MANAGED = 126;
const REMOTE_CHANGED = 1;
const REMOTE_READ = 2;

/** Tells the links of what their radios do: Core Vol 4, Part E, 7.7. */
export function routeRadioEvents(host: HciHost, radioOf: (handle: number) => LinkRadio | undefined): void {
  const of = (connectionHandle: number) => radioOf(connectionHandle & 0x0fff);
  host.onEvent(events.lePhyUpdateComplete, ({ status, connectionHandle, txPhy, rxPhy }) => {
    const radio = of(connectionHandle);
    const phys = { tx: phyName(txPhy), rx: phyName(rxPhy) };
    radio?.came('phy', status, phys);
    if (status === 0) radio?.emit('phy', phys);
  });
  host.onEvent(events.leSubrateChange, (event) => {
    const radio = of(event.connectionHandle);
    const subrating = {
      factor: event.subrateFactor,
      latency: event.peripheralLatency,
      continuationNumber: event.continuationNumber,
      supervisionTimeoutMs: event.supervisionTimeout * 10,
    };
    radio?.came('subrate', event.status, subrating);
    if (event.status === 0) radio?.emit('subrate', subrating);
  });
  host.onEvent(events.leReadRemoteFeaturesPage0Complete, ({ status, connectionHandle, leFeatures }) => {
    of(connectionHandle)?.came('features', status, leFeatures.slice());
  });
  host.onEvent(events.readRemoteVersionInformationComplete, (event) => {
    const { version, companyIdentifier, subversion } = event;
    of(event.connectionHandle)?.came('version', event.status, { version, companyIdentifier, subversion });
  });
  host.onEvent(events.lePathLossThreshold, ({ connectionHandle, currentPathLoss, zoneEntered }) => {
    of(connectionHandle)?.emit('pathLoss', {
      pathLoss: currentPathLoss === NO_PATH_LOSS ? undefined : currentPathLoss,
      zone: zones[zoneEntered] ?? 'high',
    });
  });
  host.onEvent(events.leTransmitPowerReporting, (event) => {
    const { status, reason, txPowerLevel, txPowerLevelFlag, delta } = event;
    const radio = of(event.connectionHandle);
    const report = {
      side: reason === REMOTE_CHANGED || reason === REMOTE_READ ? 'remote' : 'local',
      phy: phyAndCodingName(event.phy),
      level: txPowerLevel >= NOT_MANAGED ? undefined : txPowerLevel,
      atMinimum: (txPowerLevelFlag & 1) !== 0,
      atMaximum: (txPowerLevelFlag & 2) !== 0,
      delta: delta === NO_DELTA ? undefined : delta,
    } as const;
    if (reason === REMOTE_READ) radio?.came('remoteTxPower', status, report);
    else if (status === 0) radio?.emit('txPower', report);
  });
}
