import { hexCode } from '../../../core/hex.js';
import type { UsbDevice, UsbStatus } from './device.js';
import { type HciFunction, TO_DEVICE, TO_INTERFACE } from './hci-function.js';

/** What a {@link CommandPipe} needs. */
export interface CommandPipeOptions {
  readonly device: UsbDevice;
  readonly hci: HciFunction;
  /** A command was lost. */
  readonly failed: (what: string, status: UsbStatus, command: Uint8Array) => void;
  readonly broken: (why: string) => void;
  /** Nothing waits and nothing is under way any more. */
  readonly idle: () => void;
}

/** Commands by control transfers on endpoint 0, one at a time: Core Vol 4, Part B, 2.2. */
export class CommandPipe {
  private readonly options: CommandPipeOptions;
  private readonly queue: Uint8Array[] = [];
  private octets = 0;
  private busy = false;
  private stopped = false;
  private requestType: number;
  private requestIndex: number;
  /** Whether a command has gone: the form of the request is right then. */
  private proven = false;

  constructor(options: CommandPipeOptions) {
    this.options = options;
    this.requestType = options.hci.requestType;
    this.requestIndex = options.hci.requestIndex;
  }

  /** Octets that wait or are under way. */
  get backlog(): number {
    return this.octets;
  }

  /** Transfers under way: 0 or 1. */
  get pending(): number {
    return this.busy ? 1 : 0;
  }

  /** Sends a command, without its indicator. */
  send(command: Uint8Array): void {
    if (this.stopped) return;
    this.octets += command.length;
    this.queue.push(command);
    if (!this.busy) void this.run();
  }

  /** Drops what waits; what is under way ends by itself. */
  stop(): void {
    this.stopped = true;
    this.queue.length = 0;
  }

  private async run(): Promise<void> {
    this.busy = true;
    for (let command = this.queue.shift(); command; command = this.queue.shift()) {
      const status = await this.transfer(command);
      this.octets -= command.length;
      if (this.stopped) break;
      if (status === 'completed') this.proven = true;
      else if (status === 'gone') this.options.broken('the controller is gone');
      else {
        const opcode = hexCode(command[0]! | (command[1]! << 8), 4);
        const what = status === 'stall' ? 'the controller refused it (stall)' : status;
        this.options.failed(`command ${opcode} did not reach the controller: ${what}`, status, command);
      }
    }
    this.busy = false;
    this.options.idle();
  }

  /**
   * A single-function controller takes commands as a device, one that is part of a composite device at its interface; some
   * take them only the other way round. Which one it is shows with the first command.
   */
  private async transfer(command: Uint8Array): Promise<UsbStatus> {
    const status = await this.request(command);
    if (status !== 'stall' || this.proven || this.stopped) return status;
    const { requestType, requestIndex } = this;
    const toDevice = requestType === TO_INTERFACE;
    this.requestType = toDevice ? TO_DEVICE : TO_INTERFACE;
    this.requestIndex = toDevice ? 0 : this.options.hci.interfaceNumber;
    const second = await this.request(command);
    if (second !== 'completed') {
      this.requestType = requestType;
      this.requestIndex = requestIndex;
    }
    return second;
  }

  private request(command: Uint8Array): Promise<UsbStatus> {
    const { requestType, requestIndex: index } = this;
    return this.options.device.controlOut({ requestType, request: 0, value: 0, index }, command);
  }
}
