/** What a controller has seen that a host might want to know of. */
export interface ControllerCounters {
  /** Commands received, and of these the ones that it does not know. */
  commands: number;
  unknownCommands: number;
  /** ACL packets taken from the host. */
  aclPackets: number;
  /** ACL packets beyond the announced number, thrown away. */
  aclOverruns: number;
  /** ACL packets thrown away for another reason: unknown handle, too long, wrong flags. */
  aclDropped: number;
  /** ISO packets taken from the host, those beyond the announced number, and those thrown away for another reason. */
  isoPackets: number;
  isoOverruns: number;
  isoDropped: number;
  /** Packets that are no HCI packets, or of a kind that it does not take. */
  malformed: number;
}

/** Counters at zero. */
export function newCounters(): ControllerCounters {
  return {
    commands: 0,
    unknownCommands: 0,
    aclPackets: 0,
    aclOverruns: 0,
    aclDropped: 0,
    isoPackets: 0,
    isoOverruns: 0,
    isoDropped: 0,
    malformed: 0,
  };
}
