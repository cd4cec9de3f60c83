/** L2CAP: fixed and credit-based channels, and signalling of LE connections (Core Vol 3, Part A). */
export type { OpenChannelOptions, OpenedChannels } from './channel-opener.js';
export * from './channel-server.js';
export {
  type ChannelMode,
  CreditChannel,
  type CreditChannelEvents,
  type SduHandler,
} from './credit-channel.js';
export * from './decode.js';
export * from './fixed-channel.js';
export { frameCheckSequence } from './frame-check.js';
export * from './link.js';
export { duplexOf } from './node-stream.js';
export type { ConnectionParameterRequest } from './parameter-update.js';
export * from './signalling.js';
export * from './signalling-pdus.js';
export { UserChannel, type UserChannelEvents } from './user-channel.js';
