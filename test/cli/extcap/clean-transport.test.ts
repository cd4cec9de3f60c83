import { describe, expect, it } from 'vitest';
import { CleanTransport } from '../../../src/cli/extcap/clean-transport.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { toHex } from '../../../src/core/hex.js';
import { reset } from '../../../src/hci/commands/index.js';
import type { HciTransportSink } from '../../../src/hci/transport/transport.js';
import { FaultyTransport } from '../../support/faulty-transport.js';
import { ScriptedController } from '../../support/scripted-controller.js';
import { World } from '../../support/world.js';

function listener() {
  const packets: string[] = [];
  const sink: HciTransportSink = {
    packet: (type, bytes, start, end) =>
      packets.push(toHex(Uint8Array.of(type, ...bytes.subarray(start, end)))),
    diagnostic: () => {},
    closed: () => {},
  };
  return { packets, sink };
}

describe('a controller that another host used', () => {
  it('is reset before its port is closed, and its answer is nobody’s any more', async () => {
    const world = new World();
    const inner = new FaultyTransport(world.controller().transport());
    const transport = new CleanTransport(inner, world.clock);
    const { packets, sink } = listener();
    await world.run(transport.open(sink));
    transport.send(Uint8Array.of(1, 3, 0x0c, 0));
    await world.clock.advance(10);
    expect(packets).toEqual([expect.stringMatching(/^040e04..030c00$/)]);
    await world.run(transport.close());
    expect(inner.sent.map((packet) => toHex(packet))).toEqual(['01030c00', '01030c00']);
    expect(inner.closed).toBe(true);
    expect(packets).toHaveLength(1);
  });

  it('that does not answer is waited for a second', async () => {
    const clock = new SimulatedClock();
    const transport = new CleanTransport(new ScriptedController().answer(reset, undefined), clock);
    await transport.open(listener().sink);
    let closed = false;
    const closing = transport.close().then(() => {
      closed = true;
    });
    await clock.advance(999);
    expect(closed).toBe(false);
    await clock.advance(2);
    expect(closed).toBe(true);
    await closing;
  });

  it('that is lost, or was never opened, is sent nothing', async () => {
    const world = new World();
    const inner = new FaultyTransport(world.controller().transport());
    const transport = new CleanTransport(inner, world.clock);
    await world.run(transport.open(listener().sink));
    inner.unplug();
    await transport.close();
    const other = new ScriptedController();
    await new CleanTransport(other, world.clock).close();
    expect(inner.sent).toEqual([]);
    expect(other.sent).toEqual([]);
    expect(transport.lost).toBe(true);
  });
});
