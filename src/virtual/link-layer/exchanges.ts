import { llFeatureReq, llFeatureRsp, llPeripheralFeatureReq, llVersionInd } from './control-pdu.js';
import type { LinkControl, Procedure } from './link-control.js';
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

/** What the peer learns of this end's features: octet 0 as both have it (Core Vol 6, Part B, 5.1.4). */
export function answerFeatures(control: LinkControl, theirs: bigint): void {
  control.remoteFeatures = theirs;
  const ours = control.host.features;
  control.send(llFeatureRsp, { featureSet: (ours & ~0xffn) | (ours & theirs & 0xffn) });
}
