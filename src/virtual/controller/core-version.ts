/** LMP_Version by the name of the Core specification, as declarations have it: Assigned Numbers, 2.1. */
const versions: Readonly<Record<string, number>> = {
  '1.1': 1,
  '1.2': 2,
  '2.0': 3,
  '2.1': 4,
  '3.0': 5,
  '4.0': 6,
  '4.1': 7,
  '4.2': 8,
  '5.0': 9,
  '5.1': 10,
  '5.2': 11,
  '5.3': 12,
  '5.4': 13,
  '6.0': 14,
  '6.1': 15,
  '6.2': 16,
};

/** Whether what came with version `since` (`5.0`) of the Core specification is in version `coreVersion` (9). */
export function isInVersion(since: string | undefined, coreVersion: number): boolean {
  return since === undefined || (versions[since] ?? Number.POSITIVE_INFINITY) <= coreVersion;
}
