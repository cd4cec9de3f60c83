/** The ways in which a host may differ from its capture. Each use of one is in the {@link ReplayReport}. */
export type DivergenceKind =
  /** The capture has a command that another host need not send: its bring-up, BR/EDR, the vendor's, what a test leaves out. */
  | 'ignored command'
  /** The host sent a command that the capture never saw, or saw less often: it got an answer made of what the capture shows. */
  | 'synthesised answer'
  /** Packets of streams that do not wait for one another went in another order. */
  | 'order'
  /** A parameter that is a host's own choice: event masks, data lengths, hints. */
  | 'own parameter'
  /** The host's own address, and its type. */
  | 'own address'
  /** The host asks for other connection parameters, at another time, or not at all. */
  | 'connection parameters'
  /** The captured host connected by the Filter Accept List, this one to the very peer. */
  | 'direct connection'
  /** The host uses legacy commands, or asks for legacy events, where the captured one used extended ones. */
  | 'legacy for extended'
  /** An L2CAP frame went in other ACL fragments. */
  | 'fragmentation'
  /** The identifier of a signalling request, and the CID of a dynamic channel, which their sender chooses. */
  | 'identifier'
  /** An event that the host's masks, or its not scanning, keep back. */
  | 'event not asked for'
  /** Traffic of links that the host does not have: BR/EDR, what a test leaves out. */
  | 'other link'
  /** An answer allowed no further command, though more were to come. */
  | 'command credits'
  /** The capture has zeros where a key was, as files have that are written without keys: the key is not compared. */
  | 'zeroed key'
  /** A packet has other values than in the capture, and a new capture was asked for: see `acceptChanges`. */
  | 'new behaviour';

/** All that a lenient replay permits. */
export const lenient: readonly DivergenceKind[] = [
  'ignored command',
  'synthesised answer',
  'order',
  'own parameter',
  'own address',
  'connection parameters',
  'direct connection',
  'legacy for extended',
  'fragmentation',
  'identifier',
  'event not asked for',
  'other link',
  'command credits',
  'zeroed key',
];
