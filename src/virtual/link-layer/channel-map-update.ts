import { llChannelMapInd } from './control-pdu.js';
import type { LinkControl, Procedure } from './link-control.js';

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

/** For the peripheral: the central has said which channels will be used. */
export function followChannelMap(control: LinkControl, channelMap: Uint8Array, instant: number): void {
  control.atInstant(instant, () => {
    control.connection.channelMap = channelMap;
  });
}
