// What is measured: one row each, with the controller's part and the host's.

/** Enough reports for a host to find the peer, not so many that they flood it while it connects. */
const findable = ['--adv-count', '320', '--adv-rate', '2000'];

/** noble holds the first report of each of the 32 advertisers back until the scan response. */
const held = 32;

/**
 * @typedef {object} Row
 * @property {string} id
 * @property {string} title
 * @property {string[]} hosts
 * @property {Record<string, number>} count operations by transport; a row is left out on a transport without a number
 * @property {string} workload
 * @property {(count: number) => string[]} controller the yardstick's options
 * @property {string[]} [host] further options of the host
 * @property {boolean} [server] the controller does the counting
 */

const central = ['null-host', 'bluewire', 'bluewire-recording', 'noble', 'ble-host'];
const server = ['null-host', 'bluewire', 'bluewire-recording', 'bleno', 'ble-host'];

/** @type {Row[]} */
export const rows = [
  {
    id: 'reports',
    title: 'advertising reports',
    hosts: central,
    count: { tcp: 500_000, pty: 200_000 },
    workload: 'reports',
    controller: (count) => ['--adv-count', String(count + held)],
  },
  {
    id: 'reports-extended',
    title: 'extended advertising reports',
    hosts: central,
    count: { tcp: 500_000, pty: 200_000 },
    workload: 'reports',
    controller: (count) => ['--ext', '--adv-count', String(count + held)],
  },
  {
    id: 'reads',
    title: 'sequential reads',
    hosts: central,
    count: { tcp: 20_000, pty: 5000 },
    workload: 'reads',
    controller: () => findable,
  },
  {
    id: 'writes',
    title: 'sequential writes',
    hosts: central,
    count: { tcp: 20_000, pty: 5000 },
    workload: 'writes',
    controller: () => findable,
  },
  {
    id: 'notifications-20',
    title: 'notifications of 20 octets',
    hosts: central,
    count: { tcp: 300_000, pty: 200_000 },
    workload: 'notifications',
    controller: (count) => [...findable, '--notify-count', String(count)],
    host: ['--size', '20'],
  },
  {
    id: 'notifications-244',
    title: 'notifications of 244 octets',
    hosts: central,
    count: { tcp: 200_000, pty: 50_000 },
    workload: 'notifications',
    controller: (count) => [...findable, '--notify-count', String(count)],
    host: ['--size', '244'],
  },
  {
    id: 'commands-244',
    title: 'write commands of 244 octets',
    hosts: central,
    count: { tcp: 50_000, pty: 10_000 },
    workload: 'commands',
    controller: () => findable,
    host: ['--size', '244'],
  },
  {
    id: 'server-reads',
    title: 'reads served',
    hosts: server,
    count: { tcp: 20_000, pty: 5000 },
    workload: 'server',
    controller: (count) => ['--central', `read:${count}`],
    server: true,
  },
  {
    id: 'server-notifications-244',
    title: 'notifications of 244 octets sent',
    hosts: server,
    count: { tcp: 50_000, pty: 10_000 },
    workload: 'server',
    controller: (count) => ['--central', `notify:${count}:244`],
    host: ['--size', '244'],
    server: true,
  },
  {
    id: 'start',
    title: 'start to first report',
    hosts: central,
    count: { tcp: 1, pty: 1 },
    workload: 'start',
    controller: () => ['--adv-rate', '20000'],
  },
];
