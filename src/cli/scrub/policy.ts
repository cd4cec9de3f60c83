/** What becomes of the fields of a packet, by the layer that they belong to and their name in its declaration. */

/** The layers whose fields are told apart. */
export type Layer = 'hci' | 'advertising' | 'l2cap' | 'att' | 'smp';

/**
 * - `key`: zeroed
 * - `pairing`: other octets, unless pairing is to be kept
 * - `identifier`: other octets, unless it is zero, which says that there is none
 * - `name`: letters
 * - `value`: other octets, unless values are to be kept
 * - `opaque`: other octets: nobody knows what it is
 */
export type Policy = 'key' | 'pairing' | 'identifier' | 'name' | 'value' | 'opaque';

const all = (names: string, policy: Policy): Record<string, Policy> =>
  Object.fromEntries(names.split(' ').map((name) => [name, policy]));

const hci = {
  ...all('longTermKey peerIrk localIrk key broadcastCode plaintextData encryptedData', 'key'),
  ...all('keyXCoordinate keyYCoordinate dhKey', 'pairing'),
  ...all('randomNumber encryptedDiversifier', 'identifier'),
  ...all('advertisingData scanResponseData subeventData responseData data decisionData', 'value'),
  ...all('advertisingDataPadding scanResponseDataPadding', 'opaque'),
  ...all('parameters trailing testParameters vendorSpecificConfig', 'opaque'),
};

const advertising = {
  ...all('name uri', 'name'),
  ...all('value broadcastCode', 'key'),
  ...all('hash randomizer confirmationValue randomValue', 'pairing'),
  ...all('prand', 'identifier'),
  ...all('data payload mic', 'value'),
  ...all('trailing', 'opaque'),
};

const att = {
  ...all('attributeValue partAttributeValue setOfValues', 'value'),
  ...all('text', 'name'),
  ...all('authenticationSignature', 'key'),
  ...all('parameters trailing', 'opaque'),
};

const smp = {
  ...all('longTermKey identityResolvingKey signatureKey', 'key'),
  ...all('confirmValue randomValue publicKeyX publicKeyY dhKeyCheck', 'pairing'),
  ...all('ediv rand', 'identifier'),
  ...all('parameters trailing', 'opaque'),
};

const l2cap = {
  ...all('informationPayload', 'value'),
  ...all('parameters trailing', 'opaque'),
};

/** What becomes of each field; fields that are not here stay. */
export const policies: Readonly<Record<Layer, ReadonlyMap<string, Policy>>> = {
  hci: new Map(Object.entries(hci)),
  advertising: new Map(Object.entries(advertising)),
  l2cap: new Map(Object.entries(l2cap)),
  att: new Map(Object.entries(att)),
  smp: new Map(Object.entries(smp)),
};
