/** The first of `count` places for which `below` does not hold; it has to hold for all before and none behind. */
export function lowerBound(count: number, below: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (below(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Takes a number out of ascending ones, if it is there; gives how many are left. */
export function removeSorted(sorted: number[], value: number): number {
  const at = lowerBound(sorted.length, (i) => sorted[i]! < value);
  if (sorted[at] === value) sorted.splice(at, 1);
  return sorted.length;
}
