import { u16At } from '../core/bytes.js';
import { PacketType } from '../hci/packet-type.js';
import { LinkBook } from './links.js';
import type { ScriptItem } from './script.js';
import { cidOf } from './streams.js';

const ATT = 4;
const CONTINUING = 1;

/** The number of the packet that ends the last ATT PDU of the connections in a script. */
export function lastAttFrame(items: readonly ScriptItem[]): number | undefined {
  const links = new LinkBook();
  /** The CID of the frame that each link's fragments belong to. */
  const cids = new Map<number, number>();
  let last: number | undefined;
  for (const item of items) {
    const { type, bytes, frame } = item.packet;
    if (type === PacketType.event) links.event(bytes);
    if (type !== PacketType.acl || bytes.length < 4) continue;
    const handle = u16At(bytes, 0) & 0xfff;
    if (!links.isLe(handle)) continue;
    let cid: number | undefined;
    if (item.of === 'frame') cid = cidOf(item.frame.octets);
    else {
      if (((bytes[1]! >> 4) & 3) !== CONTINUING) cids.set(handle, cidOf(bytes.subarray(4)));
      cid = cids.get(handle);
    }
    if (cid === ATT) last = frame;
  }
  return last;
}
