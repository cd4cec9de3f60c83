import { checkInteger } from '../../core/check.js';
import { NotSupportedError } from '../../core/errors.js';
import { Mutex } from '../../core/mutex.js';
import { leSetHostChannelClassification } from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';

const DATA_CHANNELS = 37;
/** Between two of these commands. */
const APART_MS = 1000;

/** What the host knows of the data channels: Core Vol 4, Part E, 7.8.19. */
export class ChannelClassification {
  private readonly host: HciHost;
  private readonly turn = new Mutex();
  private last = Number.NEGATIVE_INFINITY;

  constructor(host: HciHost) {
    this.host = host;
  }

  /** See `Device.avoidChannels`. */
  async avoid(channels: readonly number[]): Promise<void> {
    if (!Array.isArray(channels)) throw new TypeError('avoidChannels: a list of data channels is wanted');
    const channelMap = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x1f]);
    for (const channel of channels) {
      checkInteger('channel', channel, 0, DATA_CHANNELS - 1);
      channelMap[channel >> 3]! &= ~(1 << (channel & 7));
    }
    if (channelMap.every((octet) => octet === 0))
      throw new RangeError('avoidChannels: one channel has to be left at least');
    const { host } = this;
    if (!host.supports(leSetHostChannelClassification))
      throw new NotSupportedError(
        `${leSetHostChannelClassification.name}: this controller does not have the command`,
      );
    const { clock } = host;
    await this.turn.run(async () => {
      const wait = this.last + APART_MS - clock.now();
      if (wait > 0) await new Promise<void>((resolve) => clock.setTimeout(() => resolve(), wait));
      this.last = clock.now();
      await host.send(leSetHostChannelClassification, { channelMap });
    });
  }
}
