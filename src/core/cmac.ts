/** AES-CMAC (RFC 4493) of a message with a key of 16 octets, most significant first. */
export type Cmac = (key: Uint8Array, message: Uint8Array) => Uint8Array;

let present: Cmac | undefined;

/** AES-CMAC, if it has been loaded. */
export function cmacIfLoaded(): Cmac | undefined {
  return present;
}

/** AES-CMAC, which is loaded when somebody wants it for the first time: most programs do without AES. */
export async function loadCmac(): Promise<Cmac> {
  present ??= (await import('./aes-cmac.js')).aesCmac;
  return present;
}

/** For who has AES anyhow: on simulated time nothing is to be loaded in the middle, where it would take no time at all. */
export function provideCmac(cmac: Cmac): void {
  present = cmac;
}
