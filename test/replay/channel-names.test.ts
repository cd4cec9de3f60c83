import { describe, expect, it } from 'vitest';
import type { DivergenceKind } from '../../src/replay/index.js';
import { acl, connected } from './bare-host.js';

const signal = (pdu: string, sent = true) => acl(5, pdu, sent);
const captured = (pdu: string) => `> ${signal(pdu)}`;
const given = (packet: string) => `< ${packet}`;

/** LE Credit Based, opened by the host as `cid`, on 0x50 of the peer. */
const request = (cid: string) => signal(`14 01 0a00 8100 ${cid} 0002 4000 0300`);
const response = signal('15 01 0a00 5000 0002 4000 0300 0000', false);

describe('the CIDs that a host gives its channels', () => {
  it('stand for the captured ones in all that it sends and gets (Vol 3, Part A, 4.6, 4.7, 4.22 to 4.24)', async () => {
    const one = await connected([
      `> ${request('4000')}`,
      given(response),
      given(acl(0x40, '0100 aa', false)),
      captured('16 02 0400 4000 0500'),
      `> ${acl(0x50, '0100 bb')}`,
      given(signal('06 09 0400 4000 5000', false)),
      captured('07 09 0400 4000 5000'),
    ]);
    await one.send(request('4500'));
    expect(one.got.at(-1)).toBe(acl(0x45, '0100 aa', false));
    await one.send(signal('16 02 0400 4500 0500'), acl(0x50, '0100 bb'));
    expect(one.got).toContain(signal('06 09 0400 4500 5000', false));
    await one.send(signal('07 09 0400 4500 5000'));
    const report = await one.played.end();
    expect(report.complete).toBe(true);
    expect(report.of('identifier').map(({ what }) => what)).toEqual(['CID 0x0040 → 0x0045']);
  });

  it('of several channels at once, that the peer opened (4.25 to 4.27), are renamed one by one', async () => {
    const peers = signal('17 03 0c00 8300 0001 6400 0500 6000 6100', false);
    const accept = (cids: string) => signal(`18 03 0c00 0001 6400 0500 0000 ${cids}`);
    const one = await connected([
      given(peers),
      `> ${accept('4000 4100')}`,
      given(acl(0x41, '0100 cc', false)),
      captured('19 04 0800 0002 6400 4000 4100'),
      captured('06 05 0400 6100 4100'),
      given(signal('07 05 0400 6100 4100', false)),
    ]);
    await one.send(accept('4100 4000'));
    expect(one.got.at(-1)).toBe(acl(0x40, '0100 cc', false));
    await one.send(signal('19 04 0800 0002 6400 4100 4000'), signal('06 05 0400 6100 4000'));
    expect(one.got.at(-1)).toBe(signal('07 05 0400 6100 4000', false));
    expect((await one.played.end()).complete).toBe(true);
  });

  it('keep their names in later fragments, and lose them with the channel and the link', async () => {
    const fragment = '02 4010 0200 bbcc'.replaceAll(' ', '');
    const first = (cid: string) => `024020 0600 0400${cid} 0200`.replaceAll(' ', '');
    const one = await connected([
      `> ${request('4000')}`,
      given(response),
      given(first('4000')),
      given(fragment),
      '< 04 0504 00 4000 13',
    ]);
    await one.send(request('4100'));
    expect(one.got.slice(-3)).toEqual([first('4100'), fragment, '0405040040' + '0013']);
    expect((await one.played.end()).complete).toBe(true);
  });

  it('may not be those of another channel, nor such that no channel has (2.1)', async () => {
    const again = (cid: string) => signal(`14 02 0a00 8100 ${cid} 0002 4000 0300`);
    const lines = [`> ${request('4000')}`, given(response), `> ${again('4100')}`];
    for (const [cid, isWrong] of [
      ['4500', true],
      ['3f00', true],
      ['8000', true],
      ['4600', false],
    ] as const) {
      const one = await connected(lines);
      await one.send(request('4500'), again(cid));
      if (isWrong) expect(one.path).toBe('data.signalling.sourceCid');
      else expect((await one.played.end()).complete).toBe(true);
    }
    const accept = (cids: string) => signal(`18 03 0c00 0001 6400 0500 0000 ${cids}`);
    const twice = await connected([`> ${accept('4000 4100')}`]);
    await twice.send(accept('4200 4200'));
    expect(twice.path).toContain('data.signalling.destinationCids');
  });

  it('have to stay the same: credits for another channel are a mistake (4.24)', async () => {
    const one = await connected([`> ${request('4000')}`, captured('16 02 0400 4000 0500')]);
    await one.send(request('4500'), signal('16 02 0400 4000 0500'));
    expect(one.path).toBe('data.signalling.cid');
    expect(one.closed!.message).toContain('is 0x0040, expected 0x0045');
  });

  it('are compared where that is not permitted', async () => {
    const permit: readonly DivergenceKind[] = ['synthesised answer'];
    const one = await connected([`> ${request('4000')}`], { permit });
    await one.send(request('4500'));
    expect(one.path).toBe('data.signalling.sourceCid');
  });
});
