import { checkBytes, checkFunction, checkInteger, checkKeys } from '../../core/check.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import type { PresentationFormat } from '../values/presentation-format.js';
import { accessOf, checkAccess, isSameAccess } from './access.js';

const MAX_LENGTH = 512;

const characteristicOptions = [
  'read',
  'write',
  'writeWithoutResponse',
  'writeSigned',
  'notify',
  'indicate',
  'properties',
  'configurable',
  'handle',
  'valueHandle',
  'value',
  'maxLength',
  'onRead',
  'validate',
  'onWrite',
  'onUndo',
  'onSubscribe',
  'broadcast',
  'onBroadcast',
  'reliableWrite',
  'description',
  'format',
  'descriptors',
];
const descriptorOptions = [
  'uuid',
  'handle',
  'value',
  'read',
  'write',
  'onRead',
  'validate',
  'onWrite',
  'onUndo',
];

const accesses = ['read', 'write', 'writeWithoutResponse', 'writeSigned', 'notify', 'indicate', 'broadcast'];

type AccessOption = Parameters<typeof accessOf>[0];

/** Options as they were given, of whatever type they are. */
type Given = Readonly<Record<string, unknown>>;

/** What any characteristic has, a typed one too: known options, and handlers that can be called. @throws {TypeError} */
export function checkHandlers(options: object): void {
  checkKeys('characteristic', options, characteristicOptions);
  const given: Given = { ...options };
  for (const one of ['onRead', 'validate', 'onWrite', 'onUndo', 'onSubscribe', 'onBroadcast'])
    checkFunction(one, given[one]);
}

/** The options of a characteristic, its values in octets. @throws {RangeError | TypeError} naming what is wrong */
export function checkCharacteristic(options: object, formats: readonly PresentationFormat[]): void {
  const given: Given = { ...options };
  const { value, maxLength, properties, handle, valueHandle, description, descriptors = [] } = given;
  if (value !== undefined) checkBytes('value', value, 0, MAX_LENGTH);
  if (maxLength !== undefined) checkInteger('maxLength', maxLength, 1, MAX_LENGTH);
  if (properties !== undefined) checkInteger('properties', properties, 0, 0xff);
  if (handle !== undefined) checkInteger('handle', handle, 1, 0xffff);
  if (valueHandle !== undefined) checkInteger('valueHandle', valueHandle, 1, 0xffff);
  for (const one of accesses) checkAccess(one, given[one]);
  checkWriting(given['write'], given['writeWithoutResponse']);
  for (const one of formats) checkFormat(one);
  if (description !== undefined) checkDescription(description);
  if (!Array.isArray(descriptors)) throw new TypeError('descriptors: a list is wanted');
  for (const one of descriptors) checkDescriptor(one);
}

/** An attribute has one access for writing, whatever it is written by. */
function checkWriting(write: unknown, writeWithoutResponse: unknown): void {
  if (typeof writeWithoutResponse !== 'object' || !write) return;
  if (!isSameAccess(accessOf(write as AccessOption)!, accessOf(writeWithoutResponse as AccessOption)!))
    throw new TypeError(
      'writeWithoutResponse: an attribute has one access for writing; say with write what it needs, and true here',
    );
}

function checkDescription(description: unknown): void {
  const isText = typeof description === 'string';
  if (!isText) checkKeys('description', description, ['text', 'write', 'onWrite']);
  const { text, write, onWrite } = isText ? { text: description } : (description as Given);
  if (typeof text !== 'string') throw new TypeError('description: text, or an object with text is wanted');
  checkBytes('description', new TextEncoder().encode(text), 0, MAX_LENGTH);
  checkAccess('description.write', write);
  checkFunction('description.onWrite', onWrite);
}

function checkDescriptor(options: unknown): void {
  checkKeys('descriptor', options, descriptorOptions);
  const given = options as Given;
  Uuid.from(given['uuid'] as UuidLike);
  if (given['value'] !== undefined) checkBytes('descriptor.value', given['value'], 0, MAX_LENGTH);
  if (given['handle'] !== undefined) checkInteger('descriptor.handle', given['handle'], 1, 0xffff);
  for (const one of ['read', 'write']) checkAccess(`descriptor.${one}`, given[one]);
  for (const one of ['onRead', 'validate', 'onWrite', 'onUndo'])
    checkFunction(`descriptor.${one}`, given[one]);
}

function checkFormat({ format, exponent, unit, namespace, description }: PresentationFormat): void {
  checkInteger('format.format', format, 0, 0xff);
  checkInteger('format.exponent', exponent, -128, 127);
  checkInteger('format.unit', unit, 0, 0xffff);
  checkInteger('format.namespace', namespace, 0, 0xff);
  checkInteger('format.description', description, 0, 0xffff);
}
