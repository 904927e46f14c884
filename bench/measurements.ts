// Two series of figures, taken in turn, and how they compare.

export interface Comparison {
  readonly name: string;
  readonly unit: 'ms' | 'MiB';
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** The largest share of the peer's figure that ours may be. */
  readonly target?: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Ours over theirs, round by round: what slows the machine for a while slows both and cancels out. */
export function ratio({ ours, theirs }: Comparison): number {
  return median(ours.map((value, round) => value / theirs[round]!));
}

/** A Markdown table that also reads well as text. */
export function table(comparisons: readonly Comparison[], peer: string): string {
  const rows = comparisons.map((comparison) => {
    const { name, unit, ours, theirs, target } = comparison;
    const figure = (values: readonly number[]) =>
      `${median(values).toFixed(median(values) < 100 ? 1 : 0)} ${unit}`;
    const share = ratio(comparison);
    const verdict =
      target === undefined ? '' : `≤ ${target.toFixed(2)}× ${share <= target ? 'met' : 'missed'}`;
    return [name, figure(ours), figure(theirs), `${share.toFixed(2)}×`, verdict];
  });
  const all = [['', 'audiozoo', peer, 'ratio', 'target'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`).join('|')}|`;
  return [line(all[0]!), rule, ...all.slice(1).map(line)].join('\n');
}
