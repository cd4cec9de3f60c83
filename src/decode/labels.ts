/** Words that the specification does not write like others. */
const words: ReadonlyMap<string, string> = /* @__PURE__ */ new Map(
  (
    'ACL ADI ATT BD BIG BIS BISes BN CE CID CIDs CIG CIS CISes CS CTE CTEs DID EDIV FAE FIFO FT HCI ID IDs IQ IRK IRC ISO LE LL LMP ' +
    'MAC MIC MPS MSE MTU NADM NSE OUI PA PBF PDU PHY PHYS PTO RAP RF RFU RPA RSSI RTT RX SCA SCO SDU SID SNR SPSM TX UUID UUIDs URI'
  )
    .split(' ')
    .map((word) => [word.toLowerCase(), word]),
);

/** Names that are not made of words joined by `_`. */
const whole: Readonly<Record<string, string>> = {
  authReq: 'AuthReq',
  dhKey: 'DHKey',
  dhKeyCheck: 'DHKey_Check',
  ioCapability: 'IO_Capability',
  oobDataFlag: 'OOB_Data_Flag',
  bdAddr: 'BD_ADDR',
  bdAddrType: 'AddrType',
  rtn: 'RTN',
};

const known = /* @__PURE__ */ new Map<string, string>();

/** The name of a declared field as the specification writes it: `connectionInterval` is `Connection_Interval`. */
export function labelOf(key: string): string {
  let label = known.get(key);
  if (label === undefined) {
    label = whole[key] ?? joined(key);
    // The keys are those of declarations: there are only so many.
    known.set(key, label);
  }
  return label;
}

function joined(key: string): string {
  const parts = key.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+/g) ?? [key];
  return parts
    .map((part) => words.get(part.toLowerCase()) ?? part.charAt(0).toUpperCase() + part.slice(1))
    .join('_');
}
