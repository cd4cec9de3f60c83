import { describe, expect, it } from 'vitest';
import { BdAddr } from '../../../src/core/address.js';
import { ByteReader } from '../../../src/core/bytes.js';
import { type EventDefinition, LE_META } from '../../../src/hci/definition.js';
import {
  leConnectionComplete,
  leEnhancedConnectionCompleteV1,
  leEnhancedConnectionCompleteV2,
} from '../../../src/hci/events/index.js';
import { asCapturedVersion } from '../../../src/replay/play-host/connection-event.js';

const common = {
  status: 0,
  connectionHandle: 0x40,
  role: 0,
  peerAddressType: 1,
  peerAddress: BdAddr.parse('C0:DE:C0:00:00:01'),
  connectionInterval: 24,
  peripheralLatency: 3,
  supervisionTimeout: 72,
  centralClockAccuracy: 5,
};
const rpas = {
  localResolvablePrivateAddress: BdAddr.parse('40:00:00:00:00:01'),
  peerResolvablePrivateAddress: BdAddr.parse('40:00:00:00:00:02'),
};
const other = { ...common, connectionHandle: 7, connectionInterval: 6, supervisionTimeout: 100 };

function encoded<P>(definition: EventDefinition<P>, values: P): Uint8Array {
  const body = definition.parameters.encode(values);
  return Uint8Array.of(LE_META, body.length + 1, definition.subevent!, ...body);
}
function read<P>(definition: EventDefinition<P>, event: Uint8Array): P {
  return definition.parameters.read(new ByteReader().reset(event, 3));
}

const legacy = leConnectionComplete;
const [v1, v2] = [leEnhancedConnectionCompleteV1, leEnhancedConnectionCompleteV2];

describe('a connection event in the version of the captured one (Vol 4, Part E, 7.7.65.1 and 7.7.65.10)', () => {
  it('loses the private addresses for LE Connection Complete, and the identity with them', () => {
    const came = encoded(v1, { ...other, peerAddressType: 3, ...rpas });
    const written = asCapturedVersion(encoded(legacy, common), came)!;
    expect(read(legacy, written)).toEqual(other);
    expect(written[1]).toBe(19);
  });

  it('has those of the captured event where LE Connection Complete came', () => {
    const captured = encoded(v1, { ...common, peerAddressType: 3, ...rpas });
    const written = asCapturedVersion(captured, encoded(legacy, other))!;
    expect(read(v1, written)).toEqual({ ...other, peerAddressType: 3, ...rpas });
  });

  it('keeps its own private addresses between both enhanced versions', () => {
    const captured = encoded(v2, { ...common, ...rpas, advertisingHandle: 1, syncHandle: 2 });
    const own = { ...rpas, peerResolvablePrivateAddress: BdAddr.parse('40:00:00:00:00:77') };
    const written = asCapturedVersion(captured, encoded(v1, { ...other, ...own }))!;
    expect(read(v2, written)).toEqual({ ...other, ...own, advertisingHandle: 1, syncHandle: 2 });
    const back = asCapturedVersion(encoded(v1, { ...common, ...rpas }), written)!;
    expect(read(v1, back)).toEqual({ ...other, ...own });
  });

  it('stays as it came where it is the same version, another event, or cut short', () => {
    const [one, two] = [encoded(legacy, common), encoded(v1, { ...other, ...rpas })];
    expect(asCapturedVersion(one, encoded(legacy, other))).toBeUndefined();
    expect(asCapturedVersion(one, Uint8Array.of(0x3e, 1, 0x02))).toBeUndefined();
    expect(asCapturedVersion(one, two.subarray(0, 20))).toBeUndefined();
    expect(asCapturedVersion(one.subarray(0, 20), two)).toBeUndefined();
  });
});
