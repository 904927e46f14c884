// From a sound to what a classifier says of it, in bounds.

import { AudiozooError } from '@audiozoo/core';
import type { Audio } from '@audiozoo/features';
import { byStart, hearEvents, type ScoredLabel, type SoundEvent } from '@audiozoo/tasks';
import { breakageOf } from './broken-model.js';
import type { Classifier } from './classifier.js';
import type { ClassifyQuery, EventsQuery, ModelDescription } from './schemas.js';
import { type ReadSoundOptions, readSound } from './sound.js';
import { type SoundBytes, wholeOf } from './sound-bytes.js';

interface Queries {
  readonly labels: ClassifyQuery;
  readonly events: EventsQuery;
}

interface Answers {
  readonly labels: { readonly labels: ScoredLabel[] };
  readonly events: { readonly events: SoundEvent[] };
}

/** What can be asked about a sound. */
export type Topic = keyof Answers;

/** Can be posted to another thread. */
export interface Question<About extends Topic = Topic> {
  readonly about: About;
  /** The name of a model. */
  readonly model: string;
  readonly query: Queries[About];
  readonly upload: SoundBytes;
}

/** The answer to a question, and the seconds of sound that were heard. */
export type Heard<About extends Topic = Topic> = Answers[About] & { readonly seconds: number };

export interface Hearing {
  /** In their order: the first is the usual one. */
  readonly models: readonly ModelDescription[];
  /** Why it hears less than it should, or nothing at all. */
  readonly failure?: Error | undefined;
  /** Of threads, where it has some. */
  readonly counts?: ThreadCounts | undefined;
  /** Rejects with the signal's reason when aborted. */
  hear<About extends Topic>(question: Question<About>, signal: AbortSignal): Promise<Heard<About>>;
}

export interface ThreadCounts {
  /** Threads that can be asked now. */
  readonly ready: number;
  /** Threads that took the place of another. */
  readonly replaced: number;
  /** Tries to start one that failed. */
  readonly failedStarts: number;
  /** Questions that were asked again, as their thread had ended. */
  readonly retried: number;
}

export interface HearingLimits {
  /** Seconds of sound in a request, at most. */
  readonly maxSeconds: number;
  /** Windows in a request, at most. */
  readonly maxWindows: number;
}

export interface HearingOptions extends HearingLimits, Pick<ReadSoundOptions, 'stallSeconds' | 'onStall'> {}

/** Hears in this thread. The classifiers, by name, stay the caller's to dispose. */
export function createHearing(
  classifiers: ReadonlyMap<string, Classifier>,
  { maxWindows, ...reading }: HearingOptions,
): Hearing {
  const ask: {
    readonly [About in Topic]: (
      classifier: Classifier,
      sound: Audio,
      query: Queries[About],
      signal: AbortSignal,
    ) => Promise<Answers[About]>;
  } = {
    async labels(classifier, sound, { topK, aggregate, window, hop }, signal) {
      if (aggregate !== undefined || hop !== undefined) {
        checkWindows(sound, hop ?? window ?? longest(classifier), maxWindows);
      }
      return { labels: await classifier.classify(sound, { topK, aggregate, window, hop, signal }) };
    },
    async events(classifier, sound, query, signal) {
      const { threshold, minDuration, window = longest(classifier), hop = window / 8 } = query;
      checkWindow(classifier, window); // or the hop that comes of it would be what is refused
      checkWindows(sound, hop, maxWindows);
      const events: SoundEvent[] = [];
      const options = { threshold: { on: threshold }, minDuration, window, hop, signal };
      for await (const event of hearEvents(classifier, sound, options)) events.push(event);
      return { events: events.sort(byStart) };
    },
  };

  /** By the names of the models. */
  const broken = new Map<string, AudiozooError>();

  return {
    models: Array.from(classifiers, ([name, classifier]) => describe(name, classifier)),
    get failure() {
      return broken.values().next().value;
    },
    async hear({ about, model, query, upload }, signal) {
      const classifier = classifiers.get(model)!;
      const { sampleRate } = classifier.frontEnd;
      const { channel, start, duration } = query;
      const file = upload instanceof Uint8Array ? upload : wholeOf(upload);
      const sound = await readSound(file, {
        ...reading,
        channel,
        start,
        duration,
        resampleTo: sampleRate,
        signal,
      });
      try {
        const answer = await ask[about](classifier, sound, query, signal);
        broken.delete(model);
        return { ...answer, seconds: sound.samples.length / sampleRate };
      } catch (error) {
        if (!AudiozooError.isInstance(error, 'runtime')) throw error;
        const breakage = broken.get(model) ?? (await breakageOf(model, classifier));
        if (!breakage) throw error;
        broken.set(model, breakage);
        throw breakage;
      }
    },
  };
}

function describe(name: string, { device, problemType, frontEnd, labels }: Classifier): ModelDescription {
  const { sampleRate, minSamples, maxSamples } = frontEnd;
  const [minSeconds, maxSeconds] = [minSamples / sampleRate, maxSamples / sampleRate];
  return { name, device, problemType, sampleRate, minSeconds, maxSeconds, labels: [...labels] };
}

/** Seconds that a model can hear at a time. */
function longest({ frontEnd }: Classifier): number {
  return frontEnd.maxSamples / frontEnd.sampleRate;
}

function checkWindow({ frontEnd }: Classifier, window: number): void {
  const { sampleRate, minSamples, maxSamples } = frontEnd;
  const samples = Math.round(window * sampleRate);
  if (samples >= minSamples && samples <= maxSamples) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the window does not fit the model',
    expected: `${minSamples / sampleRate} to ${maxSamples / sampleRate} seconds`,
    got: `${window}`,
  });
}

/** Each window is a run of the model: a short hop makes days of work of minutes of sound. */
function checkWindows({ samples, sampleRate }: Audio, hop: number, most: number): void {
  const seconds = samples.length / sampleRate;
  const windows = Math.ceil(samples.length / Math.round(hop * sampleRate)); // 4.7 / 0.47 is more than 10
  if (windows <= most) return;
  const least = Math.ceil((seconds / most) * 100) / 100;
  throw new AudiozooError({
    code: 'audio-too-long',
    what: 'there are more windows in the sound than are heard in one request',
    expected: `at most ${most}`,
    got: `${windows}, one every ${hop} seconds`,
    hint: `Choose a \`hop\` of at least ${least} seconds, or a part with \`start\` and \`duration\`.`,
  });
}
