// Series of figures, taken in turn, and how they compare.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that `share` of all do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;
}

/** One series over another, round by round: what slows the machine for a while slows both and cancels out. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / theirs[round]!));
}

/**
 * Lets all take a turn in each round, in another order every time. Rounds before the first warm up and do not count.
 * Returns the figures of each.
 */
export async function inTurns<Contestant>(
  contestants: readonly Contestant[],
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
  measure: (contestant: Contestant) => Promise<number>,
): Promise<Map<Contestant, readonly number[]>> {
  const series = new Map(contestants.map((contestant) => [contestant, [] as number[]]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const contestant of round % 2 ? contestants.toReversed() : contestants) {
      const figure = await measure(contestant);
      if (round >= 0) series.get(contestant)!.push(figure);
    }
  }
  return series;
}
