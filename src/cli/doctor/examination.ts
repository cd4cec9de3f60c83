import { BdAddr } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';
import { bringUp, type ControllerInfo } from '../../hci/bringup/bringup.js';
import { readBdAddr } from '../../hci/commands/index.js';
import { leFeatureNames } from '../../hci/features.js';
import { HciHost } from '../../hci/host.js';
import type { HciTransport } from '../../hci/transport/transport.js';
import { coreVersion, manufacturerName } from '../facts.js';
import { printable } from '../output.js';

/** How one thing was found: in order, worth a thought, or wrong. */
export type Verdict = 'ok' | 'warning' | 'failed';

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** What was found. */
  readonly found: string;
  /** What to do about it; `undefined` when nothing is to be done. */
  readonly advice: string | undefined;
}

/** Times of an answer, in milliseconds. */
export interface RoundTrip {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** All that a look at a controller gave. */
export interface Examination {
  readonly port: string;
  readonly findings: readonly Finding[];
  readonly controller: ControllerInfo | undefined;
  readonly roundTrip: RoundTrip | undefined;
}

const QUESTIONS = 200;

/** Looks at the controller behind a transport, and closes it. Never rejects for what the controller does. */
export async function examine(
  transport: HciTransport,
  clock: Clock,
  signal: AbortSignal,
): Promise<Examination> {
  const findings: Finding[] = [];
  const add = (check: string, verdict: Verdict, found: string, advice?: string) =>
    findings.push({ check, verdict, found, advice });
  const host = new HciHost(transport, { clock });
  const port = transport.name;
  const oddities: string[] = [];
  host.on('diagnostic', ({ message }) => {
    if (oddities.length < 8) oddities.push(message);
  });
  let controller: ControllerInfo | undefined;
  let roundTrip: RoundTrip | undefined;
  try {
    const opened = await host.open();
    add(
      'port',
      'ok',
      opened.settings === undefined ? 'opened' : `opened, by ${opened.settings}`,
      opened.settings &&
        `give ${opened.settings} in the port string, so that it need not be found out each time`,
    );
    if (opened.bootText !== undefined)
      add('boot text', 'ok', printable(opened.bootText.trim().slice(0, 300)));
    controller = await bringUp(host, opened);
    for (const finding of judge(controller)) findings.push(finding);
    roundTrip = await measure(host, clock, signal);
    findings.push(judgeRoundTrip(roundTrip, port));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const message = error instanceof Error ? error.message : String(error);
    add(controller ? 'answers' : 'controller', 'failed', message.replace(`${port}: `, ''));
  } finally {
    await host.close().catch(() => {});
  }
  for (const oddity of oddities) add('oddity', 'warning', printable(oddity));
  return { port, findings, controller, roundTrip };
}

/** What is to be said of a controller that answers. */
export function judge(controller: ControllerInfo): Finding[] {
  const { firmware, hciVersion, companyIdentifier, publicAddress, staticAddresses } = controller;
  const findings: Finding[] = [];
  const add = (check: string, verdict: Verdict, found: string, advice?: string) =>
    findings.push({ check, verdict, found, advice });
  const maker = manufacturerName(companyIdentifier);
  const code = `0x${companyIdentifier.toString(16).padStart(4, '0')}`;
  add(
    'firmware',
    firmware.problem === undefined ? 'ok' : 'failed',
    `${firmware.name}${firmware.version === undefined ? '' : ` ${printable(firmware.version)}`} (${maker ?? 'manufacturer'} ${code})`,
    firmware.problem,
  );
  const version = coreVersion(hciVersion);
  add(
    'version',
    version === undefined ? 'warning' : 'ok',
    `Bluetooth ${version ?? 'unknown'} (HCI version ${hciVersion})`,
    version === undefined
      ? 'LE came with 4.0: a controller with another version number may be a copy'
      : undefined,
  );
  addressFinding(add, publicAddress, staticAddresses);
  add('LE features', 'ok', leFeatureNames(controller.leFeatures).join(', ') || 'none');
  bufferFinding(add, controller);
  if (controller.dualMode) add('dual mode', 'ok', 'does BR/EDR too; it was told that the host knows LE');
  const { filterAcceptListSize: accept, resolvingListSize: resolving } = controller;
  add('lists', 'ok', `filter accept list ${accept ?? 'unknown'}, resolving list ${resolving ?? 'none'}`);
  return findings;
}

type Add = (check: string, verdict: Verdict, found: string, advice?: string) => void;

function addressFinding(add: Add, publicAddress: BdAddr, staticAddresses: readonly BdAddr[]): void {
  if (!publicAddress.equals(BdAddr.zero)) {
    add('address', 'ok', `${publicAddress} (public)`);
    return;
  }
  const [own] = staticAddresses;
  if (own) add('address', 'ok', `${own} (static random, of the chip)`);
  else add('address', 'ok', 'none of its own: a static random one is made, and kept from run to run');
}

function bufferFinding(add: Add, { aclDataLength, aclDataPackets, leFeatures }: ControllerInfo): void {
  const found = `${aclDataPackets} of ${aclDataLength} octets`;
  const longPdus = leFeatureNames(leFeatures).includes('leDataPacketLengthExtension');
  if (aclDataLength <= 27 && longPdus) {
    add(
      'ACL buffers',
      'warning',
      found,
      'throughput will be low: build the firmware with buffers of 251 octets (Zephyr: CONFIG_BT_BUF_ACL_TX_SIZE=251)',
    );
  } else if (aclDataPackets < 2) {
    add(
      'ACL buffers',
      'warning',
      found,
      'one buffer cannot keep the radio busy: build the firmware with more',
    );
  } else add('ACL buffers', 'ok', found);
}

async function measure(host: HciHost, clock: Clock, signal: AbortSignal): Promise<RoundTrip> {
  const times: number[] = [];
  for (let i = 0; i < QUESTIONS; i++) {
    signal.throwIfAborted();
    const began = clock.now();
    await host.send(readBdAddr, {});
    times.push(clock.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!;
  return { count: QUESTIONS, min: times[0]!, median: at(0.5), p95: at(0.95), max: times.at(-1)! };
}

/** An FTDI chip keeps back what came for 16 ms, unless its latency timer was set lower. */
const LATENCY_TIMER_MS = 12;

/** What is to be said of the time that an answer takes. */
export function judgeRoundTrip({ count, min, median, p95, max }: RoundTrip, port: string): Finding {
  const ms = (value: number) => value.toFixed(2);
  const found = `${count} × Read_BD_ADDR: ${ms(min)} / ${ms(median)} / ${ms(p95)} / ${ms(max)} ms (min, median, 95 %, max)`;
  if (median < LATENCY_TIMER_MS || !port.startsWith('serial:'))
    return { check: 'round trip', verdict: 'ok', found, advice: undefined };
  return {
    check: 'round trip',
    verdict: 'warning',
    found,
    advice:
      'the adapter keeps answers back: set its latency timer to 1 ms (Linux: echo 1 | sudo tee ' +
      '/sys/bus/usb-serial/devices/ttyUSB0/latency_timer; Windows: port settings, advanced), or raise the baud rate',
  };
}
