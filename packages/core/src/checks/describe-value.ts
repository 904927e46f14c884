/** As much of a text, or of a record's keys, as a message shows. */
const shownLetters = 40;
const shownKeys = 6;

/** A value that somebody passed, in a few words for a message: `null`, `"six"`, `an Int16Array`, `a Promise`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > shownLetters ? `${value.slice(0, shownLetters)}…` : value);
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind !== 'Object') return withArticle(kind.slice(0, shownLetters));
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an empty object';
  const shown = keys.slice(0, shownKeys).map((key) => key.slice(0, shownLetters));
  return `an object with ${shown.join(', ')}${keys.length > shownKeys ? ', …' : ''}`;
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) && !/^u(int|r)/i.test(noun) ? 'an' : 'a'} ${noun}`;
}
