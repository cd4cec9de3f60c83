import { hexCode } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import type { Refuse } from './explain.js';
import type { CharacteristicForm, ServiceForm } from './form.js';

/** Handles ascend from the first service to the last descriptor: Core Vol 3, Part F, 3.2.2. */
export function checkHandles(services: readonly ServiceForm[], refuse: Refuse, prefix = ''): void {
  let last = 0;
  const take = (path: string, handle: number | undefined) => {
    if (handle !== undefined && handle <= last) {
      refuse(
        path,
        `${hexCode(handle, 4)} is not behind ${hexCode(last, 4)}, where the attribute before it is`,
      );
    }
    last = handle ?? last + 1;
    if (last > 0xffff) refuse(path, 'handles end at 0xFFFF');
  };
  for (const [i, { handle, endHandle, includes = [], characteristics = [] }] of services.entries()) {
    const at = `${prefix}${i}`;
    take(`${at}.handle`, handle);
    for (const [j, include] of includes.entries()) {
      if (!services[include.service]) {
        refuse(`${at}.includes.${j}.service`, `there is no service ${include.service}; the first is 0`);
      }
      take(`${at}.includes.${j}.handle`, include.handle);
    }
    for (const [j, one] of characteristics.entries()) {
      takeCharacteristic(`${at}.characteristics.${j}`, one, take);
    }
    if (endHandle !== undefined && endHandle < last) {
      refuse(`${at}.endHandle`, `the last attribute is behind it, at ${hexCode(last, 4)}`);
    }
    last = endHandle ?? last;
  }
}

function takeCharacteristic(
  at: string,
  { handle, valueHandle, properties, configurable, descriptors = [] }: CharacteristicForm,
  take: (path: string, handle: number | undefined) => void,
): void {
  take(`${at}.handle`, handle);
  take(`${at}.valueHandle`, valueHandle);
  const configured = descriptors.some(({ uuid }) => Uuid.from(uuid).short === 0x2902);
  const tells = properties.some((name) => name === 'notify' || name === 'indicate');
  if (!configured && (configurable ?? tells)) {
    take(`${at}.properties`, undefined);
  }
  for (const [i, one] of descriptors.entries()) take(`${at}.descriptors.${i}.handle`, one.handle);
}
