import { type BoardProfile, type LinePolicy, unknownBoard } from '../boards.js';

/** What the options of a port string say; what they leave open, the board decides. */
export interface SerialOptions {
  readonly path: string;
  /** Baud rate; `auto` tries those that the board may have. */
  readonly baud?: number | 'auto' | undefined;
  /** RTS/CTS; `auto` tries both. */
  readonly rtscts?: boolean | 'auto' | undefined;
  readonly dtr?: LinePolicy | undefined;
  readonly rts?: LinePolicy | undefined;
  readonly hupcl?: boolean | undefined;
  readonly parity: 'none' | 'even' | 'odd';
  /** Whether HCI_Reset is sent at opening and its answer looked for, as H4 wants it. */
  readonly hunt: boolean;
}

/** One way to open a port. */
export interface SerialSettings {
  readonly baudRate: number;
  readonly rtscts: boolean;
  readonly dtr: LinePolicy;
  readonly rts: LinePolicy;
  readonly hupcl: boolean;
  readonly parity: 'none' | 'even' | 'odd';
}

/** Baud rates that firmware is built for, the likely ones first. */
const COMMON_RATES = [1_000_000, 115_200, 921_600, 460_800, 2_000_000, 3_000_000, 230_400];

/** The ways to open a port, in the order in which they are worth trying: one, unless something is to be found out. */
export function settingsOf(options: SerialOptions, board: BoardProfile): readonly SerialSettings[] {
  const { baud, rtscts, parity } = options;
  const rates =
    baud === 'auto'
      ? [...new Set([...board.baudRates, ...COMMON_RATES])]
      : [baud ?? board.baudRates[0] ?? unknownBoard.baudRates[0]!];
  const flows = rtscts === 'auto' ? [board.rtscts, !board.rtscts] : [rtscts ?? board.rtscts];
  const rest = {
    dtr: options.dtr ?? board.dtr,
    rts: options.rts ?? board.rts,
    hupcl: options.hupcl ?? board.hupcl,
    parity,
  };
  return rates.flatMap((baudRate) => flows.map((flow) => ({ baudRate, rtscts: flow, ...rest })));
}

/** Settings as the options of a port string: `baud=115200&rtscts`. */
export function settingsText({ baudRate, rtscts }: SerialSettings): string {
  return `baud=${baudRate}${rtscts ? '&rtscts' : ''}`;
}

/**
 * A known trap: Node 20.3 to 20.11 may hang on serial ports of Linux through io_uring (libuv#4101); `undefined` where it
 * cannot be that.
 */
export function ioUringTrap(
  version: string,
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  const isAffected = platform === 'linux' && major === 20 && minor! >= 3 && minor! <= 11;
  if (!isAffected || env['UV_USE_IO_URING'] === '0') return undefined;
  return `Node ${version} hangs on serial ports of some Linux kernels: set UV_USE_IO_URING=0, or take Node 20.12 or newer`;
}
