/** Services as data: what JSON says of them. */

/** Octets: hexadecimal text (`"0a 1b"`, spaces as you like), or text, which is sent in UTF-8. */
export type OctetsDescription = string | { readonly text: string };

/** A property of a characteristic, by its name in Core Vol 3, Part G, 3.3.1.1. */
export type PropertyName =
  | 'broadcast'
  | 'read'
  | 'writeWithoutResponse'
  | 'write'
  | 'notify'
  | 'indicate'
  | 'authenticatedSignedWrites'
  | 'extendedProperties';

/** What an access needs: `true` nothing, `false` it is never permitted. */
export type PermissionDescription =
  | boolean
  | {
      /** Security mode 1 level, 1–4; 1, which is none. */
      readonly level?: 1 | 2 | 3 | 4;
      /** Octets of encryption key at least, 7–16; 7. */
      readonly keySize?: number;
      /**
       * The ATT error, 1–255, with which it is refused: while the link has not `level`, and always where no level is said.
       * Without it, the error is the one that Core Vol 3, Part C, 10.3.1 asks for.
       */
      readonly error?: number;
    };

/** A descriptor. One of 2902 says where the Client Characteristic Configuration stands, and has no value. */
export interface DescriptorDescription {
  readonly uuid: string;
  /** The next one without. */
  readonly handle?: number;
  readonly value?: OctetsDescription;
  /** true without. */
  readonly read?: PermissionDescription;
  /** false without. */
  readonly write?: PermissionDescription;
}

/** A characteristic. */
export interface CharacteristicForm {
  readonly uuid: string;
  /** What a program calls it; the UUID without, as short as it goes. */
  readonly name?: string;
  readonly properties: readonly PropertyName[];
  /** Of the declaration; the next one without. */
  readonly handle?: number;
  /** The one behind the declaration without. */
  readonly valueHandle?: number;
  /** The value to begin with; empty without. */
  readonly value?: OctetsDescription;
  /** Whether what is written replaces the value; true. */
  readonly stored?: boolean;
  /** Without it, it can be read when it has the property. */
  readonly read?: PermissionDescription;
  /** Without it, it can be written when it has one of the properties. */
  readonly write?: PermissionDescription;
  /** The longest value that may be written, 1–512 octets; 512. */
  readonly maxLength?: number;
  /** Whether it has a Client Characteristic Configuration; when it notifies or indicates, without. */
  readonly configurable?: boolean;
  /**
   * In the order of their handles. A characteristic that notifies or indicates has a Client Characteristic Configuration also
   * where none stands here: behind the value.
   */
  readonly descriptors?: readonly DescriptorDescription[];
}

/** A service. */
export interface ServiceForm<C extends CharacteristicForm = CharacteristicForm> {
  readonly uuid: string;
  /** true without. */
  readonly primary?: boolean;
  /** Of the declaration; behind the service before it without. */
  readonly handle?: number;
  /** The last handle of the group; that of the last attribute without. */
  readonly endHandle?: number;
  /** The services that it includes, by their place in the list of services, from 0. */
  readonly includes?: readonly { readonly service: number; readonly handle?: number }[];
  readonly characteristics?: readonly C[];
}
