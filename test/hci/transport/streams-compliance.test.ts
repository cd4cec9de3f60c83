import { Duplex, PassThrough } from 'node:stream';
import { systemClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { streamTransport, webSerial } from '../../../src/hci/transport/from-objects.js';
import { type AttachedHost, InProcessTransport } from '../../../src/virtual/controller/transport.js';
import { FakeSerialPort, serialError } from '../../support/fake-serial.js';
import { OctetPeer } from '../../support/sockets.js';
import { compliance, cutPackets, type Peer, type Rig } from './compliance.js';

const RESET_COMPLETE = '040e0401030c00';

/** A pair of Web streams: each transport has a new one, and the test the other ends. */
async function webStreams(): Promise<Rig> {
  const peers = new Map<unknown, Peer>();
  return {
    async transport() {
      let gate: Promise<void> | undefined;
      let open = () => {};
      const incoming = new TransformStream<Uint8Array, Uint8Array>();
      const writer = incoming.writable.getWriter();
      const writable = new WritableStream<Uint8Array>({
        async write(chunk) {
          await gate;
          peer.data(chunk);
        },
      });
      const peer = new OctetPeer(
        {
          send: (octets) => void writer.write(octets).catch(() => {}),
          end: () => void writer.close().catch(() => {}),
          stall() {
            gate = new Promise((resolve) => {
              open = resolve;
            });
          },
          resume() {
            gate = undefined;
            open();
          },
        },
        true,
      );
      const transport = await streamTransport({ readable: incoming.readable, writable });
      peers.set(transport, peer);
      return transport;
    },
    async open(transport, sink) {
      await transport.open(sink);
      return peers.get(transport)!;
    },
    absent() {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      readable.getReader();
      return streamTransport({ readable, writable }, { name: 'a locked stream' });
    },
  };
}

/** Streams of Node: a Duplex, or a pair. */
async function nodeStreams(kind: 'duplex' | 'pair'): Promise<Rig> {
  const peers = new Map<unknown, Peer>();
  return {
    async transport() {
      let held: (() => void) | undefined;
      let holds = false;
      const take = (chunk: Buffer, done: () => void) => {
        const go = () => {
          peer.data(chunk);
          done();
        };
        if (holds) held = go;
        else go();
      };
      const duplex = new Duplex({ read() {}, write: (chunk, _encoding, done) => take(chunk, done) });
      const readable = kind === 'pair' ? new PassThrough() : duplex;
      const peer = new OctetPeer(
        {
          send: (octets) =>
            void (readable instanceof PassThrough ? readable.write(octets) : readable.push(octets)),
          end: () => void (readable instanceof PassThrough ? readable.end() : readable.push(null)),
          stall() {
            holds = true;
          },
          resume() {
            holds = false;
            held?.();
          },
        },
        true,
      );
      const transport = await streamTransport(kind === 'pair' ? { readable, writable: duplex } : duplex);
      peers.set(transport, peer);
      return transport;
    },
    async open(transport, sink) {
      await transport.open(sink);
      return peers.get(transport)!;
    },
    absent() {
      const duplex = new Duplex({ read() {}, write() {} });
      duplex.destroy();
      return streamTransport(duplex, { name: 'a destroyed stream' });
    },
  };
}

/** A port of Web Serial, behind which something answers the HCI_Reset of the opening. */
async function serialPort(): Promise<Rig> {
  const port = new FakeSerialPort();
  return {
    transport: () => webSerial(port, { clock: systemClock }),
    async open(transport, sink) {
      port.connected = true;
      const peer = new OctetPeer(
        {
          send: (octets) => port.give(octets),
          end: () => port.unplug(),
          stall: () => port.hold(),
          resume: () => port.release(),
        },
        true,
      );
      port.onWrite = () => port.give(fromHex(RESET_COMPLETE));
      await transport.open(sink);
      port.onWrite = (octets) => peer.data(octets);
      return peer;
    },
    absent() {
      const taken = new FakeSerialPort();
      taken.refusal = serialError('NetworkError');
      return webSerial(taken, { clock: systemClock });
    },
  };
}

/** The way to a virtual controller, with the test in the controller's place. */
async function inProcess(): Promise<Rig> {
  let host: AttachedHost | undefined;
  let octets = '';
  let listener = () => {};
  const controller = {
    name: 'test',
    attach(attached: AttachedHost) {
      if (host) return 'busy' as const;
      host = attached;
      return () => {
        host = undefined;
      };
    },
    receive(packet: Uint8Array) {
      octets += toHex(packet);
      listener();
    },
  };
  return {
    transport: () => new InProcessTransport(controller),
    async open(transport, sink) {
      await transport.open(sink);
      return {
        send(packets) {
          for (const packet of cutPackets(packets)) host?.packet(fromHex(packet));
        },
        received: () => octets,
        count: () => octets.length / 2,
        onData(callback) {
          listener = callback;
        },
        end: () => host?.gone(),
      };
    },
    absent: () => new InProcessTransport({ ...controller, attach: () => 'off' as const }),
  };
}

const traits = { octets: true, pieces: true, stalls: true, absent: true };
compliance('a pair of Web streams', traits, webStreams);
compliance('a Duplex of Node', traits, () => nodeStreams('duplex'));
compliance('a pair of streams of Node', traits, () => nodeStreams('pair'));
compliance('a Web Serial port', traits, serialPort);
compliance('virtual:', { octets: false, pieces: false, stalls: false, absent: true }, inProcess);
