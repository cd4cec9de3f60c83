import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import type { SecurityOptions } from '../../src/gap/index.js';
import { characteristic, type RemoteCharacteristic, service } from '../../src/gatt/index.js';
import { World } from './world.js';

/** Both ends of a link. */
export interface Ends {
  readonly mine: Connection;
  readonly theirs: Connection;
}

/** What a user does at a device, told by the test. */
export class User {
  shown: number | undefined;
  readonly asked: string[] = [];
  /** What this user types where a passkey is wanted; waits for it. */
  types: () => number | undefined | Promise<number | undefined> = () => undefined;
  agrees = true;

  display = (passkey: number) => {
    this.asked.push('display');
    this.shown = passkey;
  };
  enter = () => {
    this.asked.push('enter');
    return this.types();
  };
  compare = (value: number) => {
    this.asked.push('compare');
    this.shown = value;
    return this.agrees;
  };
}

/** Two devices near each other, a central and a peripheral with a service that wants security. */
export class SecureWorld extends World {
  central!: Device;
  peripheral!: Device;
  /** What was written to the peripheral, and what each of its characteristics is called. */
  readonly written: string[] = [];

  static async open(
    mine: SecurityOptions | false = {},
    theirs: SecurityOptions | false = {},
    more: Partial<DeviceOptions> = {},
  ): Promise<SecureWorld> {
    const world = new SecureWorld();
    world.central = await world.device({ security: mine, ...more });
    world.peripheral = await world.device({ security: theirs, ...more });
    serveSecrets(world.peripheral, world.written);
    return world;
  }

  /** Makes a link, with the peripheral's end of it. */
  async connect(options = {}): Promise<Ends> {
    const arrived = new Promise<Connection>((resolve) => this.peripheral.once('connection', resolve));
    await this.run(this.peripheral.startAdvertising({ data: { flags: 6 } }));
    const mine = await this.run(this.central.connect(this.peripheral.address, options));
    return { mine, theirs: await this.run(arrived) };
  }

  /** Ends a link, and waits until both know. */
  async part({ mine, theirs }: Ends): Promise<void> {
    await this.run(mine.disconnect());
    for (let i = 0; theirs.isConnected && i < 100; i++) await this.clock.advance(50);
  }

  /** A characteristic of the peripheral's, found by its UUID. */
  async find(link: Connection, uuid: number): Promise<RemoteCharacteristic> {
    for (const found of await this.run(link.gatt.discoverServices())) {
      for (const one of await this.run(found.discoverCharacteristics()))
        if (one.uuid.short === uuid) return one;
    }
    throw new Error(`there is no characteristic ${uuid.toString(16)}`);
  }
}

/** 0xB001 open, 0xB002 wants encryption, 0xB003 authentication, 0xB004 Secure Connections, 0xB005 notifies, 0xB006 signed. */
export function serveSecrets(device: Device, written: string[] = []): void {
  const secret = (level: 1 | 2 | 3 | 4) =>
    characteristic(0xb000 + level, {
      read: { level },
      write: { level },
      value: Uint8Array.of(level),
      onWrite: (value) => void written.push(`${level} ${[...value]}`),
    });
  device.server.add(
    service(0xb000, {
      open: secret(1),
      encrypted: secret(2),
      authenticated: secret(3),
      secure: secret(4),
      notifies: characteristic(0xb005, { notify: true }),
      signed: characteristic(0xb006, {
        writeSigned: true,
        onWrite: (value) => void written.push(`signed ${[...value]}`),
      }),
    }),
  );
}
