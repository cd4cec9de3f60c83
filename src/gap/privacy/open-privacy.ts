import { outsideOf } from '../../core/clock.js';
import type { DeviceSecurity } from '../security/device-security.js';
import type { Privacy, PrivacyParts } from './privacy.js';

/** What makes and resolves private addresses; loaded with what pairs. @throws {HciError} when the controller refuses */
export async function openPrivacy(
  { parts: { host, bonds, crypto } }: DeviceSecurity,
  parts: Omit<PrivacyParts, 'host' | 'bonds' | 'crypto'>,
): Promise<Privacy> {
  const { Privacy } = await outsideOf(host.clock, import('./privacy.js'));
  return Privacy.open({ ...parts, host, bonds, crypto });
}
