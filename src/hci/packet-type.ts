/** The H4 packet indicators: Core Vol 4, Part A, 2. */
export const PacketType = { command: 1, acl: 2, sco: 3, event: 4, iso: 5 } as const;

/** One of {@link PacketType}. */
export type PacketTypeCode = number;
