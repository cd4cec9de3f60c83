import { checkBytes, checkInteger, checkKeys } from '../core/check.js';
import { concatBytes } from '../core/hex.js';
import {
  type Access,
  AttErrorCode,
  AttRefusal,
  type CharacteristicDefinition,
  characteristic,
  type GattServer,
  GenericAttribute,
  type LocalCharacteristic,
  type ServerClient,
  ServerFeature,
  service,
} from '../gatt/index.js';
import { type ConnectionParameters, encodeConnectionParameters } from './connection-parameters.js';

/** What the Generic Access service says of the device: Core Vol 3, Part C, 12. */
export interface GapServiceOptions {
  /** Device Name; `bluewire`. */
  readonly name?: string;
  /** Appearance, a number of the assigned numbers, 2.6; 0, unknown. */
  readonly appearance?: number;
  /** What else the service has. */
  readonly genericAccess?: GenericAccessOptions | undefined;
}

/** The optional parts of the Generic Access service. */
export interface GenericAccessOptions {
  /** Whether clients may write the Device Name, and what that needs; false (12.1). `device.name` is what they wrote. */
  readonly writableName?: boolean | Access;
  /** Whether clients may write the Appearance, and what that needs; false (12.2). */
  readonly writableAppearance?: boolean | Access;
  /** Told of a name that a client wrote. */
  readonly onName?: (name: string) => void;
  /** Told of an Appearance that a client wrote. */
  readonly onAppearance?: (appearance: number) => void;
  /** Peripheral Preferred Connection Parameters: what this device would have as a peripheral (12.3). */
  readonly preferredParameters?: ConnectionParameters;
  /**
   * Central Address Resolution: whether peers may direct advertising at the private addresses of this device (12.4). With the
   * option `privacy` true, else not there.
   */
  readonly centralAddressResolution?: boolean;
  /**
   * Resolvable Private Address Only: says to bonded peers that this device shows them no other address (12.5). With the option
   * `privacy` true, else not there.
   */
  readonly resolvablePrivateAddressOnly?: boolean;
  /** Encrypted Data Key Material: what decrypts the advertising of this device (12.6). */
  readonly encryptedData?: EncryptedDataOptions;
  /** LE GATT Security Levels: modes and levels of security, one of which all of GATT here can be used with (12.7). */
  readonly securityLevels?: readonly { readonly mode: 1 | 2; readonly level: 1 | 2 | 3 | 4 }[];
}

/** What is served as Encrypted Data Key Material. */
export interface EncryptedDataOptions {
  /** Session key and IV, 24 octets as they travel. */
  readonly keyMaterial: Uint8Array;
  /** Which client may have it: it is given to nobody without, and on authenticated, encrypted links only. */
  readonly authorize: (client: ServerClient) => boolean | Promise<boolean>;
}

/** The services that every GATT server has, as far as a program may change them. */
export interface GapServices {
  /** The Device Name in UTF-8; up to 248 octets. */
  name: string;
  /** See `Device.setKeyMaterial`. */
  setKeyMaterial(keyMaterial: Uint8Array): Promise<void>;
  /** Tells clients that the server has enhanced ATT bearers (Core Vol 3, Part G, 7.4). */
  serveEatt(): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const known = [
  'writableName',
  'writableAppearance',
  'onName',
  'onAppearance',
  'preferredParameters',
  'centralAddressResolution',
  'resolvablePrivateAddressOnly',
  'encryptedData',
  'securityLevels',
];
/** The longest Device Name in octets. */
const NAME = 248;
const KEY_MATERIAL = 24;

/**
 * Adds Generic Access and Generic Attribute to a server, at the first handles.
 * @param hidden whether the device shows private addresses
 */
export function gapServices(server: GattServer, options: GapServiceOptions, hidden = false): GapServices {
  const appearance = checkInteger('appearance', options.appearance ?? 0, 0, 0xffff);
  const { genericAccess: more = {} } = options;
  checkKeys('genericAccess', more, known);
  const name = options.name ?? 'bluewire';
  const services: { current: string } = { current: name };
  const access = server.add(
    service(0x1800, {
      deviceName: characteristic(0x2a00, {
        read: true,
        value: encodeName(name),
        ...writable(more.writableName, NAME, (value) => {
          services.current = decodeName(value);
          more.onName?.(services.current);
        }),
      }),
      appearance: characteristic(0x2a01, {
        read: true,
        value: u16(appearance),
        ...writable(more.writableAppearance, 2, (value) => {
          if (value.length !== 2) throw new AttRefusal(AttErrorCode.invalidAttributeValueLength);
          more.onAppearance?.(value[0]! | (value[1]! << 8));
        }),
      }),
      ...optional(more, hidden),
    }),
  );
  const attribute = new GenericAttribute(server);
  const material = (access.characteristics as Partial<Record<string, LocalCharacteristic>>)['encryptedData'];
  return {
    get name() {
      return services.current;
    },
    set name(value: string) {
      access.characteristics.deviceName.value = encodeName(value);
      services.current = value;
    },
    serveEatt() {
      attribute.features |= ServerFeature.enhancedAttBearer;
    },
    async setKeyMaterial(keyMaterial) {
      if (!material) throw new RangeError('genericAccess.encryptedData: the device was opened without');
      const value = checkBytes('keyMaterial', keyMaterial, KEY_MATERIAL, KEY_MATERIAL).slice();
      material.value = value;
      // An indication carries the key: it goes to whom a read would give it. One that leaves meanwhile reads it the next time.
      await Promise.allSettled(
        material.subscribers.map(async (client) => {
          if ((await more.encryptedData!.authorize(client)) === true) await material.indicate(value, client);
        }),
      );
    },
  };
}

/** The characteristics that not every device has. */
function optional(options: GenericAccessOptions, hidden: boolean): Record<string, CharacteristicDefinition> {
  const { preferredParameters, encryptedData, securityLevels } = options;
  const { centralAddressResolution = hidden, resolvablePrivateAddressOnly = hidden } = options;
  const made: Record<string, CharacteristicDefinition> = {};
  const constant = (uuid: number, value: Uint8Array) => characteristic(uuid, { read: true, value });
  if (preferredParameters) {
    const { connectionIntervalMin, connectionIntervalMax, maxLatency, supervisionTimeout } =
      encodeConnectionParameters(preferredParameters);
    const fields = [connectionIntervalMin, connectionIntervalMax, maxLatency, supervisionTimeout];
    made['preferredParameters'] = constant(0x2a04, concatBytes(...fields.map(u16)));
  }
  if (centralAddressResolution) made['centralAddressResolution'] = constant(0x2aa6, Uint8Array.of(1));
  if (resolvablePrivateAddressOnly) made['resolvablePrivateAddressOnly'] = constant(0x2ac9, Uint8Array.of(0));
  if (encryptedData) {
    const { keyMaterial, authorize } = encryptedData;
    checkBytes('genericAccess.encryptedData.keyMaterial', keyMaterial, KEY_MATERIAL, KEY_MATERIAL);
    if (typeof authorize !== 'function')
      throw new TypeError('genericAccess.encryptedData.authorize: a function is wanted');
    made['encryptedData'] = characteristic(0x2b88, {
      read: { level: 3, authorize },
      indicate: true,
      value: keyMaterial.slice(),
    });
  }
  if (securityLevels) {
    const octets = securityLevels.flatMap(({ mode, level }) => [
      checkInteger('genericAccess.securityLevels.mode', mode, 1, 2),
      checkInteger('genericAccess.securityLevels.level', level, 1, mode === 1 ? 4 : 2),
    ]);
    made['securityLevels'] = constant(0x2bf5, Uint8Array.from(octets));
  }
  return made;
}

/** What makes a characteristic one that clients write, where they may. */
function writable(
  access: boolean | Access | undefined,
  maxLength: number,
  onWrite: (value: Uint8Array) => void,
) {
  return access ? { write: access, maxLength, onWrite } : {};
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function encodeName(name: string): Uint8Array {
  if (typeof name !== 'string') throw new TypeError('name: text is wanted');
  const octets = encoder.encode(name);
  if (octets.length > NAME)
    throw new RangeError(`name: ${octets.length} octets are not permitted; up to ${NAME} are`);
  return octets;
}

function decodeName(octets: Uint8Array): string {
  try {
    return decoder.decode(octets);
  } catch {
    throw new AttRefusal(AttErrorCode.valueNotAllowed);
  }
}
