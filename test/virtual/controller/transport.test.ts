import { describe, expect, it, vi } from 'vitest';
import { fromHex, settle, TransportError, toHex } from '../../../src/core/index.js';
import type { HciTransport, HciTransportSink } from '../../../src/hci/transport/transport.js';
import { VirtualController } from '../../../src/virtual/index.js';
import { World } from '../world.js';

function makeController(): VirtualController {
  return new VirtualController(new World().air, { address: '00:00:5E:00:53:01', name: 'test' });
}

/** A sink that writes down what it is told. */
function notingSink(): HciTransportSink & { readonly notes: string[] } {
  const notes: string[] = [];
  return {
    notes,
    packet: (type, bytes, start, end) => notes.push(`${type} ${toHex(bytes.subarray(start, end))}`),
    diagnostic: ({ message }) => notes.push(message),
    closed: (error) => notes.push(`closed ${error?.code ?? 'on purpose'}`),
  };
}

const reset = fromHex('01 03 0c 00');
const readAddress = fromHex('01 09 10 00');

async function opened(controller: VirtualController, sink: HciTransportSink): Promise<HciTransport> {
  const transport = controller.transport();
  expect(await transport.open(sink)).toEqual({ resetDone: false });
  return transport;
}

describe('the in-process transport', () => {
  it('carries packets in order, without their indicator, never inside send', async () => {
    const sink = notingSink();
    const transport = await opened(makeController(), sink);
    transport.send(reset.slice());
    transport.send(readAddress.slice());
    expect(transport.writeBacklog).toBe(8);
    expect(sink.notes).toEqual([]);
    await settle();
    expect(transport.writeBacklog).toBe(0);
    expect(sink.notes).toEqual(['4 0e0401030c00', '4 0e0a010910000153005e0000']);
  });

  it('takes what is sent while a packet is received on a later turn', async () => {
    const controller = makeController();
    const order: string[] = [];
    let left = 3;
    const transport: HciTransport = await opened(controller, {
      packet: () => {
        order.push('in');
        if (left-- > 0) transport.send(reset.slice());
        order.push('out');
      },
      diagnostic: () => {},
      closed: () => {},
    });
    transport.send(reset.slice());
    await settle();
    expect(order).toEqual(['in', 'out', 'in', 'out', 'in', 'out', 'in', 'out']);
  });

  it('survives a host that throws', async () => {
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => thrown.push(error));
    try {
      let packets = 0;
      const transport = await opened(makeController(), {
        packet: () => {
          packets++;
          if (packets === 1) throw new Error('a bug of the host');
        },
        diagnostic: () => {},
        closed: () => {},
      });
      transport.send(reset.slice());
      transport.send(reset.slice());
      await settle();
      expect(packets).toBe(2);
      expect(thrown).toHaveLength(1);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });

  it('is called virtual: and the name of the controller', () => {
    expect(makeController().transport().name).toBe('virtual:test');
  });

  it('gives the controller to one host at a time', async () => {
    const controller = makeController();
    const first = await opened(controller, notingSink());
    await expect(controller.transport().open(notingSink())).rejects.toMatchObject({ code: 'PORT_BUSY' });
    await expect(first.open(notingSink())).rejects.toThrow(/opened once/);
    await first.close();
    await opened(controller, notingSink());
  });

  it('says once that it is closed, and brings nothing after that', async () => {
    const sink = notingSink();
    const transport = await opened(makeController(), sink);
    transport.send(reset.slice());
    await transport.close();
    await transport.close();
    transport.send(reset.slice());
    await settle();
    expect(sink.notes).toEqual(['closed on purpose']);
  });

  it('is lost when the controller is switched off, and not to be had until it is on again', async () => {
    const controller = makeController();
    const sink = notingSink();
    await opened(controller, sink);
    controller.powerOff();
    controller.powerOff();
    await settle();
    expect(sink.notes).toEqual(['closed PORT_LOST']);
    const attempt = controller.transport().open(notingSink());
    await expect(attempt).rejects.toBeInstanceOf(TransportError);
    await expect(attempt).rejects.toMatchObject({ code: 'PORT_NOT_FOUND' });
    controller.powerOn();
    await opened(controller, notingSink());
  });
});

describe('a host elsewhere', () => {
  it('gives H4 packets by receive and takes them in a callback', () => {
    const controller = makeController();
    const packet = vi.fn<(packet: Uint8Array) => void>();
    const detach = controller.attach({ packet, gone: () => {} });
    expect(controller.attach({ packet, gone: () => {} })).toBe('busy');
    controller.receive(reset.slice());
    expect(packet.mock.calls.map(([one]) => toHex(one))).toEqual(['040e0401030c00']);
    (detach as () => void)();
    controller.receive(reset.slice());
    expect(packet).toHaveBeenCalledTimes(1);
  });
});

describe('the options of a controller', () => {
  it('are checked, the wrong one named', () => {
    const { air } = new World();
    const make = (options: object) => () =>
      new VirtualController(air, { address: '00:00:5E:00:53:01', ...options });
    expect(make({ adress: 1 })).toThrow(/unknown option "adress"/);
    expect(make({ address: 'here' })).toThrow(/no Bluetooth address/);
    expect(make({ position: { x: 0, y: Number.NaN, z: 0 } })).toThrow(/position\.y/);
    const { personality } = makeController();
    expect(make({ personality: { ...personality, aclDataLength: 26 } })).toThrow(
      /personality\.aclDataLength/,
    );
  });
});
