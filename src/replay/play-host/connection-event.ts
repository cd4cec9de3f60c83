/** LE Connection Complete, LE Enhanced Connection Complete [v1] and [v2]: Core Vol 4, Part E, 7.7.65.1 and 7.7.65.10. */
const subevents: readonly (number | undefined)[] = [0x01, 0x0a, 0x29];
const LE_META = 0x3e;
const LE_CONNECTION_COMPLETE = 0x01;
const V2 = 0x29;
/** Octets of an event: up to Peer_Address, of the two private addresses, up to Central_Clock_Accuracy, and behind it. */
const HEAD = 14;
const PRIVATE = 12;
const TAIL = 7;
const V2_TAIL = 3;
const PEER_ADDRESS_TYPE = 7;
/** Bit 1 of Peer_Address_Type: an identity address, of a peer that was resolved. */
const IDENTITY = 2;

/** Whether an event says that a connection came about, or did not, in whichever of its versions. */
export function isConnectionEvent(event: Uint8Array): boolean {
  return event[0] === LE_META && subevents.includes(event[2]);
}

/**
 * A connection event in the version that the captured one has, so that their fields can be compared. What its own version
 * cannot say is taken from the captured event.
 * @returns `undefined` where it has that version already, or is cut short
 */
export function asCapturedVersion(captured: Uint8Array, came: Uint8Array): Uint8Array | undefined {
  if (!isConnectionEvent(captured) || !isConnectionEvent(came) || captured[2] === came[2]) return undefined;
  if (captured.length !== lengthOf(captured) || came.length !== lengthOf(came)) return undefined;
  const octets = captured.slice();
  octets.set(came.subarray(3, HEAD), 3);
  const [to, from] = [tailOf(octets), tailOf(came)];
  octets.set(came.subarray(from, from + TAIL), to);
  const bothPrivate = to > HEAD && from > HEAD;
  if (bothPrivate) octets.set(came.subarray(HEAD, HEAD + PRIVATE), HEAD);
  // LE Connection Complete knows no identity addresses.
  if (captured[2] === LE_CONNECTION_COMPLETE) octets[PEER_ADDRESS_TYPE]! &= ~IDENTITY;
  else if (came[2] === LE_CONNECTION_COMPLETE)
    octets[PEER_ADDRESS_TYPE]! |= captured[PEER_ADDRESS_TYPE]! & IDENTITY;
  return octets;
}

/** Where Connection_Interval stands. */
function tailOf(event: Uint8Array): number {
  return event[2] === LE_CONNECTION_COMPLETE ? HEAD : HEAD + PRIVATE;
}

function lengthOf(event: Uint8Array): number {
  return tailOf(event) + TAIL + (event[2] === V2 ? V2_TAIL : 0);
}
