import { Duplex } from 'node:stream';
import { systemClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { streamTransport } from '../../../src/hci/transport/from-objects.js';
import { H5Peer } from '../../support/h5-peer.js';
import { compliance, cutPackets, type Peer, type Rig } from '../transport/compliance.js';

/** H5 over streams, with the peer that was written from the specification by itself at the other end. */
async function threeWires(): Promise<Rig> {
  const peers = new Map<unknown, Peer>();
  return {
    async transport() {
      let octets = '';
      let listener = () => {};
      const line = new Duplex({
        read() {},
        write(chunk: Uint8Array, _encoding, done) {
          peer.receive([...chunk]);
          done();
        },
      });
      const peer = new H5Peer({
        write: (sent) => void line.push(Uint8Array.from(sent)),
        packet: (packet) => {
          octets += toHex(Uint8Array.from(packet));
          listener();
        },
        after: (ms, callback) => void systemClock.setTimeout(callback, ms),
      });
      peer.start();
      const transport = await streamTransport(line, { framing: 'h5' });
      peers.set(transport, {
        send: (packets) => {
          for (const packet of cutPackets(packets)) peer.send([...fromHex(packet)]);
        },
        received: () => octets,
        count: () => octets.length / 2,
        onData: (callback) => {
          listener = callback;
        },
        end: () => {
          peer.dead = true;
          line.push(null);
        },
      });
      return transport;
    },
    async open(transport, sink) {
      await transport.open(sink);
      return peers.get(transport)!;
    },
  };
}

compliance('H5', { octets: false, pieces: false, stalls: false, absent: false }, threeWires);
