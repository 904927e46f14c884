// What lies in Redis as JSON. Others may write there, so what is none of ours is nothing.

export type StoredRecord = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is StoredRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mostCharacters = 1_000_000;

/** The record that a text is; undefined where it is none, or is longer than any of ours. */
export function readStoredRecord(text: string | null | undefined): StoredRecord | undefined {
  if (typeof text !== 'string' || text.length > mostCharacters) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
