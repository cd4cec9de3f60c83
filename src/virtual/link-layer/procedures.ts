import type { ConnectionParameters } from './connection-state.js';
import {
  llChannelMapInd,
  llConnectionUpdateInd,
  llFeatureReq,
  llFeatureRsp,
  llLengthReq,
  llLengthRsp,
  llPeripheralFeatureReq,
  llPhyReq,
  llPhyRsp,
  llVersionInd,
} from './control-pdu.js';
import type { LinkControl, Procedure } from './link-control.js';
import { supportedPhys } from './phys.js';
import { HciStatus } from './status.js';

/** Version Exchange procedure, for the host: Core Vol 6, Part B, 5.1.5. */
export class VersionExchange implements Procedure {
  readonly request = llVersionInd.opcode;
  readonly hasInstant = false;

  begin(control: LinkControl): void {
    if (control.remoteVersion) this.end(control);
    else control.sendVersion();
  }

  received(control: LinkControl, opcode: number): void {
    if (opcode === llVersionInd.opcode) this.end(control);
  }

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.remoteVersionRead(control.connection, errorCode, undefined);
  }

  private end(control: LinkControl): void {
    control.host.events.remoteVersionRead(control.connection, HciStatus.success, control.remoteVersion);
    control.finish();
  }
}

/** Feature Exchange procedure, for the host: Core Vol 6, Part B, 5.1.4. */
export class FeatureExchange implements Procedure {
  readonly request: number;
  readonly hasInstant = false;

  constructor(isCentral: boolean) {
    this.request = (isCentral ? llFeatureReq : llPeripheralFeatureReq).opcode;
  }

  begin(control: LinkControl): void {
    if (control.remoteFeatures !== undefined) this.end(control);
    else {
      const pdu = control.isCentral ? llFeatureReq : llPeripheralFeatureReq;
      control.send(pdu, { featureSet: control.host.features });
    }
  }

  received(control: LinkControl, opcode: number): void {
    if (opcode === llFeatureRsp.opcode) this.end(control);
  }

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.remoteFeaturesRead(control.connection, errorCode, 0n);
  }

  private end(control: LinkControl): void {
    control.host.events.remoteFeaturesRead(
      control.connection,
      HciStatus.success,
      control.remoteFeatures ?? 0n,
    );
    control.finish();
  }
}

/** Data Length Update procedure: Core Vol 6, Part B, 5.1.9. A peer that does not know it changes nothing. */
export class LengthUpdate implements Procedure {
  readonly request = llLengthReq.opcode;
  readonly hasInstant = false;

  begin(control: LinkControl): void {
    control.sendLengths(llLengthReq);
  }

  received(control: LinkControl, opcode: number): void {
    if (opcode === llLengthRsp.opcode) control.finish();
  }

  rejected(): void {}
}

/** PHY Update procedure, for the host: Core Vol 6, Part B, 5.1.10. */
export class PhyUpdate implements Procedure {
  readonly request = llPhyReq.opcode;
  readonly hasInstant = true;
  private readonly txPhys: number;
  private readonly rxPhys: number;

  /** Masks of the PHYs wanted; 0 where the host has no preference. */
  constructor(txPhys: number, rxPhys: number) {
    this.txPhys = txPhys;
    this.rxPhys = rxPhys;
  }

  begin(control: LinkControl): void {
    const supported = supportedPhys(control.host.features);
    control.send(llPhyReq, {
      txPhys: this.txPhys || supported,
      rxPhys: this.rxPhys || supported,
    });
  }

  received(control: LinkControl, opcode: number, body: unknown): void {
    if (opcode !== llPhyRsp.opcode || !control.isCentral) return;
    const theirs = body as { txPhys: number; rxPhys: number };
    const supported = supportedPhys(control.host.features);
    control.updatePhys(
      (this.txPhys || supported) & theirs.rxPhys,
      (this.rxPhys || supported) & theirs.txPhys,
      this,
    );
  }

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.phyUpdated(control.connection, errorCode);
  }
}

/** Connection Update procedure, by the central: Core Vol 6, Part B, 5.1.1. */
export class ConnectionUpdate implements Procedure {
  readonly request = llConnectionUpdateInd.opcode;
  readonly hasInstant = true;
  private readonly parameters: ConnectionParameters;

  constructor(parameters: ConnectionParameters) {
    this.parameters = parameters;
  }

  begin(control: LinkControl): void {
    const instant = control.futureInstant();
    control.send(llConnectionUpdateInd, { winSize: 1, winOffset: 0, ...this.parameters, instant });
    control.atInstant(instant, () => {
      control.connection.setParameters(this.parameters);
      control.host.events.connectionUpdated(control.connection, HciStatus.success);
      control.finish();
    });
  }

  received(): void {}

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.connectionUpdated(control.connection, errorCode);
  }
}

/** Channel Map Update procedure, by the central: Core Vol 6, Part B, 5.1.2. */
export class ChannelMapUpdate implements Procedure {
  readonly request = llChannelMapInd.opcode;
  readonly hasInstant = true;
  private readonly channelMap: Uint8Array;

  constructor(channelMap: Uint8Array) {
    this.channelMap = channelMap;
  }

  begin(control: LinkControl): void {
    const instant = control.futureInstant();
    control.send(llChannelMapInd, { channelMap: this.channelMap, instant });
    control.atInstant(instant, () => {
      control.connection.channelMap = this.channelMap;
      control.finish();
    });
  }

  received(): void {}

  rejected(): void {}
}
