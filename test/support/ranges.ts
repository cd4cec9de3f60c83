/** Numbers in ascending order as text: `3,7-9`, and `20-26/2` for each second one. */
export function rangesOf(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    const first = numbers[i]!;
    const step = numbers[i + 1] === first + 1 ? 1 : 2;
    let last = i;
    while (numbers[last + 1] === numbers[last]! + step) last++;
    // Two of them are a run only where they follow each other.
    if (step === 2 && last === i + 1) last = i;
    parts.push(last === i ? String(first) : `${first}-${numbers[last]}${step === 1 ? '' : '/2'}`);
    i = last + 1;
  }
  return parts.join(',');
}
