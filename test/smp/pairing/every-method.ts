import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto } from '../../../src/smp/crypto/index.js';
import { createOutOfBandData, type PairingDelegate } from '../../../src/smp/pairing/index.js';
import type { Role } from './pair-of-hosts.js';

/** What the two users see of each other's screens, and what they were asked to compare. */
export class Screen {
  readonly compared: number[] = [];
  readonly passkey: Promise<number>;
  show!: (passkey: number) => void;

  constructor() {
    this.passkey = new Promise((resolve) => {
      this.show = resolve;
    });
  }
}

export const shows = (screen: Screen): PairingDelegate => ({
  displayPasskey: (passkey) => screen.show(passkey),
});
/** Enters what the other device shows, or something near it. */
export const enters = (screen: Screen, wrong = 0): PairingDelegate => ({
  enterPasskey: async () => ((await screen.passkey) + wrong) % 1_000_000,
});
/** Enters what was agreed on: with two keyboards nothing shows anything. */
export const types = (passkey: number): PairingDelegate => ({ enterPasskey: () => passkey });
export const compares = (screen: Screen, answer = true): PairingDelegate => ({
  ...shows(screen),
  compare: (value) => {
    screen.compared.push(value);
    return answer;
  },
});

/** Who can do what at the two devices. */
export type Delegates = Record<Role, PairingDelegate>;

/** A way to pair. */
export interface Method {
  readonly name: string;
  readonly method: string;
  /** Of LE security mode 1, that it comes to. */
  readonly level: number;
  readonly secureConnections: boolean;
  readonly delegates: (screen: Screen) => Delegates;
  /** The same with something wrong, and the reason that both sides are told (Core Vol 3, Part H, 3.5.5). */
  readonly wrong: readonly {
    readonly what: string;
    readonly reason: number;
    readonly delegates: Method['delegates'];
  }[];
}

const justWorks = (secureConnections: boolean): Method => ({
  name: 'Just Works',
  method: 'justWorks',
  level: 2,
  secureConnections,
  delegates: () => ({ central: {}, peripheral: {} }),
  wrong: [
    {
      what: 'a user who is asked by the other device, and does not want to',
      reason: 0x08,
      delegates: () => ({ central: { confirm: () => false }, peripheral: { confirm: () => false } }),
    },
  ],
});

const passkeys = (secureConnections: boolean): Method[] => {
  const shared = { method: 'passkey', level: secureConnections ? 4 : 3, secureConnections };
  const nothing = { enterPasskey: () => undefined };
  return [
    {
      ...shared,
      name: 'passkey that the central displays',
      delegates: (screen) => ({ central: shows(screen), peripheral: enters(screen) }),
      wrong: [
        {
          what: 'a wrong passkey',
          reason: 0x04,
          delegates: (screen) => ({ central: shows(screen), peripheral: enters(screen, 1) }),
        },
        {
          what: 'no passkey',
          reason: 0x01,
          delegates: (screen) => ({ central: shows(screen), peripheral: nothing }),
        },
      ],
    },
    {
      ...shared,
      name: 'passkey that the peripheral displays',
      delegates: (screen) => ({ central: enters(screen), peripheral: shows(screen) }),
      wrong: [
        {
          what: 'a wrong passkey',
          reason: 0x04,
          // The last bit that Secure Connections look at: nineteen were right.
          delegates: (screen) => ({ central: enters(screen, 0x80000), peripheral: shows(screen) }),
        },
        {
          what: 'no passkey',
          reason: 0x01,
          delegates: (screen) => ({ central: nothing, peripheral: shows(screen) }),
        },
      ],
    },
    {
      ...shared,
      name: 'passkey entered at both',
      delegates: () => ({ central: types(123456), peripheral: types(123456) }),
      wrong: [
        {
          what: 'another passkey at each',
          reason: 0x04,
          delegates: () => ({ central: types(123456), peripheral: types(123457) }),
        },
        {
          what: 'no passkey',
          reason: 0x01,
          delegates: () => ({ central: types(123456), peripheral: nothing }),
        },
      ],
    },
  ];
};

const tk = (seed: number): PairingDelegate => {
  const value = seededRandom(seed).fill(new Uint8Array(16));
  return { oob: () => ({ tk: value }) };
};
const [mine, theirs, others] = [6, 7, 8].map((seed) => createOutOfBandData(nobleCrypto, seededRandom(seed)));
type Own = NonNullable<typeof mine>;
const sent = ({ random, confirm }: Own) => ({ random, confirm });
const outOfBand = (own?: Own, peer?: Own): PairingDelegate => ({
  oob: () => ({ ...(own ? { own } : {}), ...(peer ? { peer: sent(peer) } : {}) }),
});

/** Every method of pairing, legacy and Secure Connections: Core Vol 3, Part H, 2.3.5. */
export const methods: readonly Method[] = [
  justWorks(false),
  ...passkeys(false),
  {
    name: 'out of band',
    method: 'outOfBand',
    level: 3,
    secureConnections: false,
    delegates: () => ({ central: tk(5), peripheral: tk(5) }),
    wrong: [
      { what: 'another TK at each', reason: 0x04, delegates: () => ({ central: tk(5), peripheral: tk(6) }) },
    ],
  },
  justWorks(true),
  ...passkeys(true),
  {
    name: 'Numeric Comparison',
    method: 'numericComparison',
    level: 4,
    secureConnections: true,
    delegates: (screen) => ({ central: compares(screen), peripheral: compares(screen) }),
    wrong: [
      {
        what: 'a comparison rejected at the central',
        reason: 0x0c,
        delegates: (screen) => ({ central: compares(screen, false), peripheral: compares(screen) }),
      },
      {
        what: 'a comparison rejected at the peripheral',
        reason: 0x0c,
        delegates: (screen) => ({ central: compares(screen), peripheral: compares(screen, false) }),
      },
    ],
  },
  {
    name: 'out of band, both ways',
    method: 'outOfBand',
    level: 4,
    secureConnections: true,
    delegates: () => ({ central: outOfBand(mine, theirs), peripheral: outOfBand(theirs, mine) }),
    wrong: [
      {
        what: 'data of another key',
        reason: 0x04,
        delegates: () => ({ central: outOfBand(mine, others), peripheral: outOfBand(theirs, mine) }),
      },
    ],
  },
  {
    name: 'out of band, known to the central',
    method: 'outOfBand',
    level: 4,
    secureConnections: true,
    delegates: () => ({ central: outOfBand(undefined, theirs), peripheral: outOfBand(theirs) }),
    wrong: [
      {
        what: 'data of another key',
        reason: 0x04,
        delegates: () => ({ central: outOfBand(undefined, others), peripheral: outOfBand(theirs) }),
      },
      {
        what: 'a random value that the other side was not given',
        reason: 0x0b,
        delegates: () => ({
          central: outOfBand(undefined, theirs),
          peripheral: outOfBand({ ...theirs!, random: new Uint8Array(16) }),
        }),
      },
    ],
  },
  {
    name: 'out of band, known to the peripheral',
    method: 'outOfBand',
    level: 4,
    secureConnections: true,
    delegates: () => ({ central: outOfBand(mine), peripheral: outOfBand(undefined, mine) }),
    wrong: [
      {
        what: 'data of another key',
        reason: 0x04,
        delegates: () => ({ central: outOfBand(mine), peripheral: outOfBand(undefined, others) }),
      },
    ],
  },
];
