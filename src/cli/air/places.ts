import type { UsageError } from '../errors.js';
import type { OptionValues } from '../option-values.js';

/** Where a controller is served. */
export type Place =
  /** A port string that listens: `tcp-server:127.0.0.1:6401`. */
  | { readonly kind: 'listen'; readonly port: string }
  /** A pseudo-terminal, with the name that is wanted for it. */
  | { readonly kind: 'pty'; readonly link: string | undefined };

const FORMS = 'tcp:HOST:PORT, ws:HOST:PORT, unix:PATH, pty or pty:PATH';

/**
 * Where each of `count` controllers is served. One place is counted on for all of them: 6401, 6402…; a list gives each its
 * own. Without a count there are as many controllers as places.
 * @throws {UsageError} when the places are none, or do not fit the controllers
 */
export function placesOf(options: OptionValues, count: number | undefined): readonly Place[] {
  const texts = (options.text('listen') ?? 'tcp:127.0.0.1:6401').split(',').map((text) => text.trim());
  const wanted = count ?? texts.length;
  if (texts.length > 1 && texts.length !== wanted) {
    throw options.wrong(
      `--listen names ${texts.length} places for ${wanted} controllers: one for each is wanted, or a single one to count on from`,
    );
  }
  return Array.from({ length: wanted }, (_, i) =>
    texts.length > 1
      ? placeOf(texts[i]!, undefined, options)
      : placeOf(texts[0]!, wanted > 1 ? i : undefined, options),
  );
}

/** @param nth the number that is counted on with; `undefined` for a place as it stands */
function placeOf(text: string, nth: number | undefined, options: OptionValues): Place {
  const [, scheme = '', rest = ''] = /^([a-z-]+?)(?:-server)?(?::(.*))?$/.exec(text) ?? [];
  if (scheme === 'pty') return { kind: 'pty', link: rest === '' ? undefined : counted(rest, nth) };
  if (scheme === 'unix' && rest !== '') return { kind: 'listen', port: `unix-server:${counted(rest, nth)}` };
  if (scheme === 'tcp' || scheme === 'ws') {
    const found = /^(.+):(\d{1,5})$/.exec(rest.replace(/^\/\//, '').replace(/\/$/, ''));
    const port = Number(found?.[2]);
    if (!found) throw refusal(text, options);
    if (port > 65535) throw options.wrong(`--listen ${text}: there is no port ${port}; they go up to 65535`);
    // Port 0 is any free one, for each.
    const own = port === 0 ? 0 : port + (nth ?? 0);
    if (own > 65535)
      throw options.wrong(`--listen ${text}: there is no port ${own} for controller ${nth! + 1}`);
    return { kind: 'listen', port: `${scheme}-server:${found[1]}:${own}` };
  }
  throw refusal(text, options);
}

/** `/tmp/hci` is `/tmp/hci1`, `/tmp/hci2`… for several. */
function counted(path: string, nth: number | undefined): string {
  return nth === undefined ? path : `${path}${nth + 1}`;
}

function refusal(text: string, options: OptionValues): UsageError {
  return options.wrong(`--listen ${text}: ${FORMS} is wanted, or several of them with commas between`);
}
