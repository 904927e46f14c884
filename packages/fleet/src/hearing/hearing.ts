// How the sounds of a shard are heard, and what comes of one.

import type { AudioOptions, AudioSource, LocalClassifier } from '@audiozoo/tasks';
import type { Entry } from '../job/entry.js';
import type { JobSettings } from '../job/job-settings.js';
import type { OpenSource } from '../job/open-source.js';
import type { ResultRow } from '../results/result-row.js';

export interface HearingOptions {
  readonly classifier: LocalClassifier;
  readonly settings: JobSettings;
  readonly openSource: OpenSource;
  /** How sound is read: decoders and notes. */
  readonly audio: Pick<AudioOptions, 'decoders' | 'decoder' | 'onNote'>;
  readonly signal: AbortSignal;
  /** Told the place of each entry as it begins. */
  readonly onBegin?: ((place: number) => void) | undefined;
  /** Told that a long sound goes on. */
  readonly onWindow?: (() => void) | undefined;
}

/** What was heard of one entry: a line, or one for each window. */
export interface HeardEntry {
  readonly place: number;
  readonly rows: readonly ResultRow[];
}

export interface Hearing extends HearingOptions {
  /** Does something with the sound of an entry, which is there for so long. */
  withSound<Result>(
    entry: Entry,
    use: (sound: AudioSource, options: AudioOptions) => Promise<Result>,
  ): Promise<Result>;
}
