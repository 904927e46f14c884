import type { ScoredClip, TimedEvent } from '@audiozoo/tasks';

export type EventsByFile = ReadonlyMap<string, readonly TimedEvent[]>;

/** A recording's scores along time. */
export type RecordingScores = Omit<ScoredClip, 'reference'>;

/** What there is to judge. */
export interface Findings {
  readonly reference: EventsByFile;
  readonly detected: EventsByFile;
  /** Where scores were there, and not events alone. */
  readonly scores?: {
    /** Those of the scores, in their order. */
    readonly labels: readonly string[];
    readonly files: ReadonlyMap<string, RecordingScores>;
  };
  /** Recordings of which there is nothing, neither in `reference`. */
  readonly failures: readonly { readonly file: string; readonly error: unknown }[];
}

/** Steps with the scores of some labels alone. */
export function chooseScores(
  steps: RecordingScores['steps'],
  places: ReadonlySet<number>,
): RecordingScores['steps'] {
  return steps.map((step) => ({ ...step, scores: step.scores.filter((_, place) => places.has(place)) }));
}
