import type { Entry } from '../job/entry.js';
import { publicSource } from '../job/public-source.js';

/** A line of a job's results: of a sound, of a window of it where there is a hop, or of a sound that could not be heard. */
export interface ResultRow {
  readonly id: string;
  readonly source: string;
  /** Of a sound that is heard window by window: which of its windows, from 0. */
  readonly window?: number | undefined;
  /** Of the window, in seconds of the recording; of a sound, those of its entry. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  /** Of sound that was heard, and not for the windows before. */
  readonly seconds: number;
  /** What a person should know of a sound that was heard all the same; in the first line of it. */
  readonly note?: string | undefined;
  /** Best first. */
  readonly labels?: readonly LabelScore[] | undefined;
  /** Of all labels, in the order of the manifest's. */
  readonly scores?: readonly number[] | undefined;
  readonly events?: readonly TaggedEvent[] | undefined;
  /** [embedDim] */
  readonly embedding?: Float32Array | undefined;
  /** Why it could not be heard: then nothing else is told. */
  readonly error?: SoundError | undefined;
}

export interface LabelScore {
  readonly label: string;
  readonly score: number;
}

/** Times in seconds of the recording. */
export interface TaggedEvent extends LabelScore {
  readonly start: number;
  readonly end: number;
}

export interface SoundError {
  readonly code: string;
  readonly message: string;
}

/** What a line says of an entry, whatever was heard. */
export function entryRow({
  id,
  source,
  start,
  end,
}: Entry): Pick<ResultRow, 'id' | 'source' | 'start' | 'end'> {
  return { id, source: publicSource(source), start, end };
}

/** The line of a sound that could not be heard. */
export function failureRow(entry: Entry, error: SoundError): ResultRow {
  return { ...entryRow(entry), seconds: 0, error };
}
