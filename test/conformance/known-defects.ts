/** By the name of a case: what a controller does instead, in a few words. */
export type KnownDefects = Readonly<Record<string, string>>;

/**
 * What controllers of others do otherwise than the specification says, seen with btvirt 5.66 and Bumble 0.0.233 (with what
 * test/interop/peers/controllers.py mends). The interoperability suite sees that each still does.
 */
export const knownDefects: Readonly<Record<'btvirt' | 'bumble', KnownDefects>> = {
  btvirt: {
    'asks the host of the central for the parameters that a peripheral wants (Vol 4, Part E, 7.8.18, 7.8.31 and 7.7.65.6)':
      'answers the reply without the handle of the connection',
    'advertises again and again (Vol 6, Part B, 4.4.2.2)': 'reports an advertiser once for each enable',
    'takes switching off what is off as done (Vol 4, Part E, 7.8.9 and 7.8.11)': 'refuses it with 0x0C',
    'ends high duty cycle directed advertising after 1.28 s with 0x3C (Vol 4, Part E, 7.7.65.1)':
      'advertises for ever',
    'refuses a second attempt beside one that runs (0x0C; Vol 4, Part E, 7.8.12)':
      'an attempt is over at once when nobody advertises',
    'gives up an attempt that is cancelled with 0x02 (Vol 4, Part E, 7.8.13)':
      'an attempt is over at once when nobody advertises',
    'ends a connection on both sides with their reasons (Vol 4, Part E, 7.1.6 and 7.7.5)':
      'gives both ends the reason of the command',
    'lets the peripheral end it, too (Vol 4, Part E, 7.1.6)': 'gives both ends the reason of the command',
    'refuses intervals out of range (0x12; Vol 4, Part E, 7.8.5 and 7.8.10)': 'takes them',
    'does not know a handle that is no connection (0x02; Vol 4, Part E, 7.1.6)':
      'takes it, and answers with the event',
    'changes the parameters of a connection, and tells both (Vol 4, Part E, 7.8.18 and 7.7.65.3)':
      'tells nobody',
    'refuses connection parameters that contradict each other (0x12; Vol 4, Part E, 7.8.18)': 'takes them',
    'ends the connection when the keys differ: 0x3D where the MIC is wrong (Vol 6, Part B, 5.1.3.1)':
      'tells both that encryption is off, and goes on',
    'changes the key of an encrypted connection, and tells both (Vol 4, Part E, 7.8.24 and 7.7.39)':
      'tells both by Encryption Change',
    'ends an encrypted connection when there is no key for its change (0x06; Vol 6, Part B, 5.1.3.1)':
      'tells the central that encryption is off, and goes on',
    'keeps data back until encryption has started (Vol 6, Part B, 5.1.3.1)': 'delivers it at once',
    'leaves encryption to the central (0x0C; Vol 4, Part E, 7.8.24)': 'lets the peripheral encrypt, too',
    'takes no key that it has not asked for (0x0C; Vol 4, Part E, 7.8.25)': 'takes it',
    'agrees on a Diffie-Hellman key with another controller (Vol 4, Part E, 7.8.36 and 7.8.37)':
      'says that it has the command, and does not',
    'makes no Diffie-Hellman key with a point beside the curve (Vol 4, Part E, 7.8.37)':
      'says that it has the command, and does not',
    'keeps a resolving list: its size, who is on it, who is not (Vol 4, Part E, 7.8.38 to 7.8.41)':
      'answers 0x12 where the device is not on it',
    'reports whom it resolves by the identity address, of type 3 (Vol 4, Part E, 7.7.65.2)':
      'has the list and makes no use of it',
    'connects devices that both hide, by their identity addresses (Vol 6, Part B, 6)':
      'has the list and makes no use of it',
  },
  bumble: {
    'asks the host of the central for the parameters that a peripheral wants (Vol 4, Part E, 7.8.18, 7.8.31 and 7.7.65.6)':
      'says that it has the command, and does not',
    'tells the peripheral why the host of the central refuses its parameters (Vol 4, Part E, 7.8.32)':
      'says that it has the command, and does not',
    'tells the peripheral the features and the version of the central (Vol 6, Part B, 5.1.4.2 and 5.1.5)':
      'says that it has the command, and does not',
    'lengthens packets, and tells both ends (Vol 4, Part E, 7.8.33 and 7.7.65.7)':
      'says that it has the command, and does not',
    'refuses lengths out of range, and of no connection (0x12, 0x02; Vol 4, Part E, 7.8.33)':
      'says that it has the command, and does not',
    'changes the PHYs of a connection, and tells both (Vol 4, Part E, 7.8.47, 7.8.49 and 7.7.65.12)':
      'says that it has the command, and does not',
    'refuses no PHY at all, and PHYs of no connection (0x12, 0x02; Vol 4, Part E, 7.8.47 to 7.8.49)':
      'says that it has the command, and does not',
    'uses the channels that the host of the central leaves, at both ends (Vol 4, Part E, 7.8.19 and 7.8.20)':
      'says that it has the command, and does not',
    'refuses a channel map with one channel, or bits beside it (0x12; Vol 4, Part E, 7.8.19)':
      'says that it has the command, and does not',
    'keeps the authenticated payload timeout, 30 s at first (Vol 4, Part E, 7.3.93 and 7.3.94)':
      'says that it has the command, and does not',
    'pings in time, so that the authenticated payload timeout does not pass (Vol 6, Part B, 5.1.8 and 5.4)':
      'says that both are encrypted without asking for a key',
    'reports an advertiser once with the duplicate filter (Vol 4, Part E, 7.8.11)': 'has no duplicate filter',
    'refuses new parameters while it advertises or scans (0x0C; Vol 4, Part E, 7.8.5 and 7.8.10)':
      'takes them',
    'refuses a new random address while it advertises under one (0x0C; Vol 4, Part E, 7.8.4)': 'takes it',
    'refuses intervals out of range (0x12; Vol 4, Part E, 7.8.5 and 7.8.10)': 'takes them',
    'reports only those on the Filter Accept List with policy 1 (Vol 6, Part B, 4.3.3)': 'reports all',
    'ends high duty cycle directed advertising after 1.28 s with 0x3C (Vol 4, Part E, 7.7.65.1)':
      'advertises for ever',
    'tells both ends of a connection with its parameters (Vol 4, Part E, 7.7.65.1)':
      'tells the peripheral other parameters than the central',
    'ends a connection on both sides with their reasons (Vol 4, Part E, 7.1.6 and 7.7.5)':
      'gives both ends the reason of the command',
    'lets the peripheral end it, too (Vol 4, Part E, 7.1.6)': 'gives both ends the reason of the command',
    'does not know a handle that is no connection (0x02; Vol 4, Part E, 7.1.6)': 'answers with success',
    'tells the version of the other end (Vol 4, Part E, 7.1.23)':
      'says that it has the command, and does not',
    'changes the parameters of a connection, and tells both (Vol 4, Part E, 7.8.18 and 7.7.65.3)':
      'says that it has the command, and does not',
    'refuses connection parameters that contradict each other (0x12; Vol 4, Part E, 7.8.18)':
      'says that it has the command, and does not',
    'encrypts a connection with the key that both hosts give, and tells both (Vol 4, Part E, 7.8.24 and 7.8.25)':
      'says that both are encrypted without asking for a key',
    'tells the central 0x06 when the peripheral has no key, and goes on in clear (Vol 4, Part E, 7.8.26)':
      'says that both are encrypted without asking for a key',
    'ends the connection when the keys differ: 0x3D where the MIC is wrong (Vol 6, Part B, 5.1.3.1)':
      'says that both are encrypted without asking for a key',
    'changes the key of an encrypted connection, and tells both (Vol 4, Part E, 7.8.24 and 7.7.39)':
      'says that both are encrypted without asking for a key',
    'ends an encrypted connection when there is no key for its change (0x06; Vol 6, Part B, 5.1.3.1)':
      'says that both are encrypted without asking for a key',
    'keeps data back until encryption has started (Vol 6, Part B, 5.1.3.1)':
      'says that both are encrypted without asking for a key',
    'leaves encryption to the central (0x0C; Vol 4, Part E, 7.8.24)': 'lets the peripheral encrypt, too',
    'takes no key that it has not asked for (0x0C; Vol 4, Part E, 7.8.25)':
      'says that it has the command, and does not',
    'encrypts no connection that there is not (0x02; Vol 4, Part E, 7.8.24 and 7.8.25)':
      'answers with success',
    'encrypts one block, least significant octets first (Vol 4, Part E, 7.8.22)':
      'says that it has the command, and does not',
    'holds data back while the host has no room for it (Vol 4, Part E, 4.2)': 'holds nothing back',
    'keeps a resolving list: its size, who is on it, who is not (Vol 4, Part E, 7.8.38 to 7.8.41)':
      'takes any number of devices',
    'refuses resolution to be switched while it scans (0x0C; Vol 4, Part E, 7.8.44)': 'takes it',
    'reports whom it resolves by the identity address, of type 3 (Vol 4, Part E, 7.7.65.2)':
      'has the list and makes no use of it',
  },
};
