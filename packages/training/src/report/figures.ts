// Numbers as people read them.

const unknown = '–';

/** A share in percent, to a tenth. */
export function percent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? unknown : `${(100 * share).toFixed(1)}\u00A0%`;
}

/** Three digits that count. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return unknown;
  const rounded = Number(value.toPrecision(3));
  return rounded !== 0 && Math.abs(rounded) < 0.001 ? rounded.toExponential() : `${rounded}`;
}

export function count(whole: number): string {
  return whole.toLocaleString('en');
}

/** `1 clip`, `320 clips`. */
export function counted(whole: number, noun: string, nouns = `${noun}s`): string {
  return `${count(whole)} ${whole === 1 ? noun : nouns}`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return counted(Math.max(1, Math.round(seconds)), 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return counted(minutes, 'minute');
  const hours = counted(Math.floor(minutes / 60), 'hour');
  return minutes % 60 === 0 ? hours : `${hours} and ${counted(minutes % 60, 'minute')}`;
}
