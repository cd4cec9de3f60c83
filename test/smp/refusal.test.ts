import { describe, expect, it } from 'vitest';
import { DisconnectedError } from '../../src/core/errors.js';
import { refusePairing } from '../../src/smp/index.js';
import { ScriptedChannel } from '../support/pdu-channel.js';

function channelOf(role: 'central' | 'peripheral') {
  const channel = new ScriptedChannel();
  const told: string[] = [];
  refusePairing(channel, { role, report: (message) => told.push(message) });
  return { channel, told };
}

const PAIRING_REQUEST = '01 03 00 09 10 01 01';
const SECURITY_REQUEST = '0b 09';

describe('refusePairing', () => {
  it('answers Pairing Not Supported to a Pairing Request (Vol 3, Part H, 3.5.5)', () => {
    const { channel, told } = channelOf('peripheral');
    channel.give(PAIRING_REQUEST);
    expect(channel.sent).toEqual(['0505']);
    expect(told).toEqual([expect.stringMatching(/refused/)]);
  });

  it('answers Pairing Not Supported to a Security Request (Vol 3, Part H, 2.4.6)', () => {
    const { channel } = channelOf('central');
    channel.give(SECURITY_REQUEST);
    expect(channel.sent).toEqual(['0505']);
  });

  it.each([
    ['central', PAIRING_REQUEST],
    ['peripheral', SECURITY_REQUEST],
  ] as const)(
    'answers Command Not Supported to what only a %s may send (Vol 3, Part H, 3.5.5)',
    (role, request) => {
      const { channel } = channelOf(role);
      channel.give(request);
      expect(channel.sent).toEqual(['0507']);
    },
  );

  it('answers nothing to a Pairing Failed, and to what belongs to no pairing', () => {
    const { channel, told } = channelOf('peripheral');
    channel.give('0508', '03 00', 'ff', '');
    expect(channel.sent).toEqual([]);
    expect(told).toHaveLength(3);
  });

  it('is silent when the link goes', () => {
    const { channel } = channelOf('peripheral');
    channel.close(new DisconnectedError('gone', 0x13));
    expect(channel.sent).toEqual([]);
  });
});
