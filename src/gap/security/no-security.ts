import { NotSupportedError } from '../../core/errors.js';
import type { PduChannel } from '../../core/frame.js';
import { type LinkSecurity, openLink } from '../../core/security.js';
import { refusePairing } from '../../smp/refusal.js';
import type { LinkSecurer, LinkSecurityEvents } from './link-security.js';

/** The security of a link of a device that has none: `security: false`. Pairing is refused, to both sides. */
export class NoLinkSecurity implements LinkSecurer {
  readonly current: LinkSecurity = openLink;
  events: LinkSecurityEvents | undefined;
  readonly signing = undefined;
  readonly refused = undefined;
  readonly encryptsFirst = false;

  constructor(
    channel: PduChannel,
    options: { readonly role: 'central' | 'peripheral'; readonly report: (message: string) => void },
  ) {
    refusePairing(channel, options);
  }

  pair = refuse('pair');
  encrypt = refuse('encrypt');
  requestSecurity = refuse('requestSecurity');
  refreshKey = refuse('refreshKey');
  require = refuse('requireSecurity');

  serve(): void {}
}

function refuse(what: string): () => Promise<never> {
  return () => Promise.reject(new NotSupportedError(`${what}: this device was opened with security: false`));
}
