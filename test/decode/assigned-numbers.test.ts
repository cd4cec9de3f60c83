import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Uuid } from '../../src/core/uuid.js';
import { loadAssignedNumbers } from '../../src/decode/index.js';
import { describeWithShared, sharedJson } from '../support/shared.js';

interface Numbers {
  readonly company_identifiers: readonly { readonly code: string; readonly name: string }[];
  readonly appearance: readonly { readonly value: number; readonly name: string }[];
  readonly [uuids: string]: unknown;
}

describe('the names of assigned numbers', () => {
  it('are those of companies, UUIDs and appearances', async () => {
    const names = await loadAssignedNumbers();
    expect(names.company(0x004c)).toBe('Apple, Inc.');
    expect(names.company(0x0059)).toBe('Nordic Semiconductor ASA');
    expect(names.uuid(Uuid.from(0x180d))).toBe('Heart Rate');
    expect(names.uuid(Uuid.from('00002a37-0000-1000-8000-00805f9b34fb'))).toBe('Heart Rate Measurement');
    expect(names.uuid(Uuid.from(0x2902))).toBe('Client Characteristic Configuration');
    // What a UUID of a member is used for says more than whose it is.
    expect(names.uuid(Uuid.from(0xfd6f))).toBe('Exposure Notification Service');
    expect(names.appearance(0x0341)).toBe('Heart Rate Sensor: Heart Rate Belt');
  });

  it('are undefined for what nobody assigned', async () => {
    const names = await loadAssignedNumbers();
    expect(names.company(0xfffe)).toBeUndefined();
    expect(names.uuid(Uuid.from(0x1000))).toBeUndefined();
    expect(names.uuid(Uuid.from('0f0e0d0c-0b0a-0908-0706-050403020100'))).toBeUndefined();
    expect(names.appearance(0xffff)).toBeUndefined();
  });

  it('are loaded once', () => {
    expect(loadAssignedNumbers()).toBe(loadAssignedNumbers());
  });
});

describeWithShared('the file of assigned numbers', () => {
  it('is what scripts/generate-assigned-numbers.mjs makes of the reference material', () => {
    const script = fileURLToPath(new URL('../../scripts/generate-assigned-numbers.mjs', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('gives every number of it', async () => {
    const names = await loadAssignedNumbers();
    const numbers = sharedJson<Numbers>('spec/assigned-numbers.json');
    const clean = (name: string) => name.replace(/\s+/g, ' ').trim();
    for (const { code, name } of numbers.company_identifiers)
      expect(names.company(Number(code))).toBe(clean(name));
    for (const { value, name } of numbers.appearance) expect(names.appearance(value)).toBe(clean(name));
    for (const part of ['services', 'characteristics', 'descriptors', 'declarations']) {
      for (const { uuid, name } of numbers[part] as { uuid: string; name: string }[]) {
        expect(names.uuid(Uuid.from(uuid))).toBe(clean(name));
      }
    }
    for (const { uuid } of numbers['member_uuids'] as { uuid: string }[]) {
      expect(names.uuid(Uuid.from(uuid))).toBeDefined();
    }
  });
});
