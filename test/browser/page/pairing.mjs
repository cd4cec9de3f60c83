import { createWorld, LOCK_PIN, lock, lockUuids } from 'bluewire/virtual';

/** Pairs with the simulated lock, reads what it tells to nobody else, and comes back with the bond. */
globalThis.runPairing = async () => {
  await using world = await createWorld({ seed: 1, devices: [lock] });
  const phone = await world.device({ security: { delegate: { enterPasskey: () => LOCK_PIN } } });
  const link = await phone.connect(lock.address);
  const result = await link.pair();
  const [service] = await link.gatt.discoverServices(lockUuids.service);
  const [state] = await service.discoverCharacteristics();
  const locked = (await state.read())[0] === 1;
  await link.disconnect();
  const again = await phone.connect(lock.address);
  const { method, level, bonded } = result;
  return { method, level, bonded, locked, levelAgain: again.security.level };
};
