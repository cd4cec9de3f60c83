import * as commands from '../../../src/hci/commands/index.js';
import { encodeCommand } from '../../support/hci-script.js';
import type { Case } from '../bench.js';
import { connect } from './support.js';

const buffers = {
  hostAclDataPacketLength: 255,
  hostSynchronousDataPacketLength: 0,
  hostTotalNumAclDataPackets: 1,
  hostTotalNumSynchronousDataPackets: 0,
};

/** An L2CAP B-frame on the ATT channel. */
const frame = (octet: number) => Uint8Array.of(1, 0, 4, 0, octet);

/** Flow control from the controller to the host. */
export const hostFlowCases: readonly Case[] = [
  {
    name: 'holds data back while the host has no room for it (Vol 4, Part E, 4.2)',
    controllers: 2,
    needs: [
      commands.hostBufferSize,
      commands.setControllerToHostFlowControl,
      commands.hostNumberOfCompletedPackets,
    ],
    async run({ controllers: [central, peripheral], pace }) {
      await central!.command(commands.hostBufferSize, buffers);
      await central!.command(commands.setControllerToHostFlowControl, { flowControlEnable: 1 });
      const handles = await connect(central!, peripheral!);
      peripheral!.acl(handles.peripheral, frame(1));
      peripheral!.acl(handles.peripheral, frame(2));
      await central!.data(handles.central);
      await pace.wait(300);
      let early = true;
      try {
        await central!.data(handles.central, 1);
      } catch {
        early = false;
      }
      if (early) throw new Error('a packet came that the host had no room for');
      central!.send(
        encodeCommand(commands.hostNumberOfCompletedPackets, {
          handles: [{ connectionHandle: handles.central, hostNumCompletedPackets: 1 }],
        }),
      );
      await central!.data(handles.central);
    },
  },
];
