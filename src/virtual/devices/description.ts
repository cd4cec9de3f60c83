/** Simulated devices as data: what a JSON file says of one. */
import type { CharacteristicForm, OctetsDescription, ServiceForm } from '../../gatt/described/form.js';

export type {
  DescriptorDescription,
  OctetsDescription,
  PermissionDescription,
  PropertyName,
} from '../../gatt/described/form.js';

/** Values that are notified, or indicated where only that is possible, from the subscription on. */
export interface NotificationScript {
  readonly values: readonly {
    /** Milliseconds since the value before, and of the first since the subscription. */
    readonly afterMs: number;
    readonly value: OctetsDescription;
  }[];
  /** Whether it begins again when it is over; false. */
  readonly repeat?: boolean;
}

/** What follows when a client has written a value. */
export interface WriteAnswer {
  /** The value written; any that no other answer is for, without. */
  readonly when?: OctetsDescription;
  /** The write is refused with this ATT error, 1–255. */
  readonly error?: number;
  /** What is then notified or indicated, to the client that wrote. */
  readonly notify?: readonly {
    /** The characteristic: its UUID, or the handle of its value where several have that UUID. */
    readonly characteristic: string | number;
    /** Milliseconds since the write, and since the value before. */
    readonly afterMs: number;
    readonly value: OctetsDescription;
  }[];
}

/** A characteristic of a device that acts by itself. */
export interface CharacteristicDescription extends CharacteristicForm {
  readonly notifications?: NotificationScript;
  readonly answers?: readonly WriteAnswer[];
}

/** A service of one. */
export type ServiceDescription = ServiceForm<CharacteristicDescription>;

/** What is advertised, by the names of the structures: Core Specification Supplement, Part A. */
export interface AdvertisingFieldsDescription {
  readonly flags?: number;
  readonly serviceUuids?: readonly string[];
  readonly incompleteServiceUuids?: readonly string[];
  readonly completeLocalName?: string;
  readonly shortenedLocalName?: string;
  readonly txPower?: number;
  readonly appearance?: number;
  readonly manufacturerData?: { readonly companyIdentifier: number; readonly data: OctetsDescription };
  readonly serviceData?: readonly { readonly uuid: string; readonly data: OctetsDescription }[];
}

/** How a device advertises. */
export interface AdvertisingDescription {
  /** `connectable` without. */
  readonly type?: 'connectable' | 'scannable' | 'nonConnectable';
  /** Fields, or up to 31 octets as they are, in hexadecimal. */
  readonly data?: string | AdvertisingFieldsDescription;
  readonly scanResponse?: string | AdvertisingFieldsDescription;
  /** 20–10240 ms; 100 and 150. */
  readonly intervalMinMs?: number;
  readonly intervalMaxMs?: number;
}

/** The connection parameters that a device asks its central for: Core Vol 3, Part A, 4.20. */
export interface ConnectionDescription {
  /** Milliseconds since the connection; 1000. */
  readonly afterMs?: number;
  /** 7.5–4000 ms. */
  readonly intervalMinMs: number;
  readonly intervalMaxMs: number;
  /** 0–499; 0. */
  readonly latency?: number;
  /** 100–32000 ms; 4000. */
  readonly supervisionTimeoutMs?: number;
}

/** How a device pairs: Core Vol 3, Part H, 2.3. */
export interface SecurityDescription {
  /** The PIN that it shows, 0–999999; without, it has neither display nor keys, and pairs by Just Works. */
  readonly pin?: number;
  /** `allowed` without. */
  readonly secureConnections?: 'allowed' | 'only' | 'never';
  /** Whether it keeps the keys while it is on; true. */
  readonly bonding?: boolean;
}

/** A simulated peripheral, as data that JSON can hold. */
export interface DeviceDescription {
  /** The Device Name, and what it is called in messages. */
  readonly name: string;
  /** With its type: `00:00:5E:00:53:02/public`, `C0:DE:C0:00:00:01/random`. */
  readonly address: string;
  /** What it looks like (assigned numbers, 2.6); 0, unknown. */
  readonly appearance?: number;
  /** The power that it sends with, -127 to 20 dBm; 0. */
  readonly txPower?: number;
  /** The flags and the name, connectable, without. */
  readonly advertising?: AdvertisingDescription;
  /** The ATT_MTU that it offers, 23–517 octets; 247. */
  readonly mtu?: number;
  readonly connection?: ConnectionDescription;
  /** How it pairs; without, it refuses to. */
  readonly security?: SecurityDescription;
  /** Whether Generic Access (1800) and Generic Attribute (1801) come first by themselves; when neither is in the list, without. */
  readonly genericServices?: boolean;
  /** In the order of their handles. */
  readonly services?: readonly ServiceDescription[];
}
