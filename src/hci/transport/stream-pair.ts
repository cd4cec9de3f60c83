import { type Clock, systemClock } from '../../core/clock.js';
import { type FramingOptions, framed } from '../framing/framing.js';
import {
  DuplexByteStream,
  type NodeReadable,
  type NodeStreamPair,
  type NodeWritable,
} from './duplex-stream.js';
import type { HciTransport } from './transport.js';
import { WebByteStream, type WebStreamPair } from './web-stream.js';

/** Streams to a controller: a pair of Web streams, a pair of Node's, or one of Node's that is both (a Duplex). */
export type StreamSource = WebStreamPair | NodeStreamPair | (NodeReadable & NodeWritable);

/** How packets lie in a stream pair, and what it is called. */
export interface StreamOptions extends FramingOptions {
  /** What it is called in messages; `stream`. */
  readonly name?: string;
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
}

/** HCI over streams, not opened yet. */
export function transportOfStreams(source: StreamSource, options: StreamOptions = {}): Promise<HciTransport> {
  const { name = 'stream', clock = systemClock, ...framing } = options;
  if (isWebPair(source)) return framed(new WebByteStream(name, source, clock), clock, framing);
  const pair = isNodePair(source) ? source : both(source);
  if (!pair)
    throw new TypeError(
      'streamTransport: { readable, writable } of Web streams or of Node streams, or a Duplex, is wanted',
    );
  return framed(new DuplexByteStream(name, pair, clock), clock, framing);
}

function isWebPair(source: unknown): source is WebStreamPair {
  return has(part(source, 'readable'), 'getReader') && has(part(source, 'writable'), 'getWriter');
}

function isNodePair(source: unknown): source is NodeStreamPair {
  return has(part(source, 'readable'), 'resume') && has(part(source, 'writable'), 'write');
}

function both(source: unknown): NodeStreamPair | undefined {
  if (!has(source, 'resume') || !has(source, 'write')) return undefined;
  const duplex = source as NodeReadable & NodeWritable;
  return { readable: duplex, writable: duplex };
}

function part(source: unknown, key: string): unknown {
  return typeof source === 'object' && source !== null ? (source as Record<string, unknown>)[key] : undefined;
}

function has(object: unknown, method: string): boolean {
  return typeof part(object, method) === 'function';
}
