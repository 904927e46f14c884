/**
 * How many of the left can be paired with a right one each, no right one twice: the size of a maximum matching, by
 * augmenting paths, each the shortest. `neighbors` are the right ones that each left one can be paired with.
 */
export function countMatches(neighbors: readonly (readonly number[])[]): number {
  const leftOf = new Map<number, number>(); // by right
  let count = 0;
  for (const start of neighbors.keys()) {
    const reachedFrom = new Map<number, number>(); // the left one that each right one was come to from
    const rightOf = new Map<number, number>(); // its pair, of the left ones on the way
    const waiting = [start];
    let free: number | undefined;
    for (let next = 0; next < waiting.length && free === undefined; next++) {
      const left = waiting[next]!;
      for (const right of neighbors[left]!) {
        if (reachedFrom.has(right)) continue;
        reachedFrom.set(right, left);
        const taken = leftOf.get(right);
        if (taken === undefined) {
          free = right;
          break;
        }
        rightOf.set(taken, right);
        waiting.push(taken);
      }
    }
    if (free === undefined) continue;
    count++;
    for (let right: number | undefined = free; right !== undefined; ) {
      const left: number = reachedFrom.get(right)!;
      leftOf.set(right, left);
      right = left === start ? undefined : rightOf.get(left);
    }
  }
  return count;
}
