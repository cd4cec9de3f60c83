/** Options of the protocol that have a value, whatever it looks like: a filter may begin with a dash. */
const valued: readonly string[] = [
  '--extcap-interface',
  '--extcap-capture-filter',
  '--extcap-reload-option',
  '--fifo',
];

/**
 * Makes of a call by Wireshark what this program's own command line is. Wireshark knows of no commands, so that a link to the
 * program serves too, and means another thing by `--capture`.
 *
 * `--extcap-interfaces --extcap-version=4.0` is `extcap --extcap-interfaces --extcap-version=4.0`; what has nothing of extcap
 * is left as it is.
 */
export function extcapArguments(args: readonly string[]): readonly string[] {
  const isNamed = args[0] === 'extcap';
  if (!isNamed && !args.some((arg) => arg.startsWith('--extcap-'))) return args;
  const given = isNamed ? args.slice(1) : args;
  const made = ['extcap'];
  for (let i = 0; i < given.length; i++) {
    const arg = given[i]!;
    const next = given[i + 1];
    if (arg === '--capture') made.push('--extcap-capture');
    else if (valued.includes(arg) && next !== undefined) {
      made.push(`${arg}=${next}`);
      i++;
    } else if (arg === '--extcap-version' && (next === undefined || next.startsWith('-')))
      made.push(`${arg}=`);
    else made.push(arg);
  }
  return made;
}
