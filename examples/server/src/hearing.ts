// From a sound to what a classifier says of it, in bounds.

import type { MessagePort } from 'node:worker_threads';
import { AudiozooError } from '@audiozoo/core';
import type { Audio } from '@audiozoo/features';
import {
  byStart,
  eventHop,
  hearEvents,
  type LabelsAtTime,
  listen,
  rankLabels,
  type ScoredLabel,
  type SoundEvent,
  scoresOf,
  type WordReader,
} from '@audiozoo/tasks';
import { breakageOf } from './broken-model.js';
import type { Classifier } from './classifier.js';
import { type BatchLimits, clipBatches } from './clip-batches.js';
import { type WordScorer, wordScorer } from './clip-words.js';
import { liveSound } from './live-sound.js';
import type { ClassifyQuery, EmbeddingQuery, EventsQuery, ModelDescription, WordsQuery } from './schemas.js';
import { type ReadSoundOptions, readSound } from './sound.js';
import { type SoundBytes, wholeOf } from './sound-bytes.js';

interface Queries {
  readonly labels: ClassifyQuery;
  readonly events: EventsQuery;
  readonly words: WordsQuery;
  readonly embedding: EmbeddingQuery;
}

interface Answers {
  readonly labels: { readonly labels: ScoredLabel[] };
  readonly events: { readonly events: SoundEvent[] };
  readonly words: { readonly labels: ScoredLabel[] };
  readonly embedding: { readonly embedding: Float32Array };
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

/** What is told of an answer while it is worked out: an event that is certain, or the seconds that have been heard. */
export type Part = { readonly event: SoundEvent } | { readonly done: number; readonly total: number };

/** Is told parts in their order, the same for the same question. */
export type Tell = (part: Part) => void;

/** The answer to a question, and the seconds of sound that were heard. */
export type Heard<About extends Topic = Topic> = Answers[About] & { readonly seconds: number };

/** Live sound, and how it is to be heard. Can be posted to another thread, with the port in the list of what moves. */
export interface LiveQuestion {
  /** The name of a model. */
  readonly model: string;
  /** Hertz. */
  readonly sampleRate: number;
  /** Seconds. */
  readonly hop: number;
  readonly topK: number;
  readonly live: boolean;
  /** Where it comes from, of a `liveSender`. */
  readonly sound: MessagePort;
}

/** Labels of the latest sound, and the hops since the answer before that had none. */
export type Prediction = LabelsAtTime & { readonly dropped: number };

export interface Hearing {
  /** In their order: the first is the usual one. */
  readonly models: readonly ModelDescription[];
  /** Why it hears less than it should, or nothing at all. */
  readonly failure?: Error | undefined;
  /** Of threads, where it has some. */
  readonly counts?: ThreadCounts | undefined;
  /** Rejects with the signal's reason when aborted. Of events, `tell` hears as they are found. */
  hear<About extends Topic>(
    question: Question<About>,
    signal: AbortSignal,
    tell?: Tell,
  ): Promise<Heard<About>>;
  /** Hears until the sound ends, and resolves to its seconds. Rejects with the signal's reason when aborted. */
  listen?(
    question: LiveQuestion,
    signal: AbortSignal,
    tell: (prediction: Prediction) => void,
  ): Promise<{ readonly seconds: number }>;
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

export interface HearingOptions extends HearingLimits, Pick<ReadSoundOptions, 'stallSeconds' | 'onStall'> {
  /** Of those models that read words, by name. */
  readonly readers?: ReadonlyMap<string, WordReader> | undefined;
  /** Has clips of several questions run together; each runs alone when absent. */
  readonly batches?: BatchLimits | undefined;
}

/** Hears in this thread. The classifiers and readers, by name, stay the caller's to dispose. */
export function createHearing(
  classifiers: ReadonlyMap<string, Classifier>,
  { maxWindows, readers = new Map(), batches, ...reading }: HearingOptions,
): Hearing {
  const scorers = new Map<string, WordScorer>();
  for (const [name, reader] of readers) scorers.set(name, wordScorer(classifiers.get(name)!, reader));

  const together = new Map<string, ReturnType<typeof clipBatches>>();
  if (batches) for (const [name, model] of classifiers) together.set(name, clipBatches(model, batches));

  const checkWindowsOf = (
    classifier: Classifier,
    sound: Audio,
    { aggregate, window, hop }: Pick<ClassifyQuery, 'aggregate' | 'window' | 'hop'>,
  ) => {
    if (aggregate === undefined && hop === undefined) return;
    checkWindows(sound, hop ?? window ?? longest(classifier), maxWindows);
  };

  const ask: {
    readonly [About in Topic]: (
      classifier: Classifier,
      sound: Audio,
      question: Pick<Question<About>, 'query' | 'model'>,
      signal: AbortSignal,
      tell: Tell | undefined,
    ) => Promise<Answers[About]>;
  } = {
    async labels(classifier, sound, { query, model }, signal) {
      checkWindowsOf(classifier, sound, query);
      const { topK, aggregate, window, hop } = query;
      const batched = together.get(model);
      const isClip = aggregate === undefined && hop === undefined && window === undefined;
      // What does not fit is the classifier's to refuse.
      if (batched && isClip && classifier.labels.length > 0 && fits(sound, classifier)) {
        const scores = scoresOf(await batched(sound, signal), classifier.problemType);
        return { labels: rankLabels(scores, classifier.labels, topK) };
      }
      return { labels: await classifier.classify(sound, { topK, aggregate, window, hop, signal }) };
    },
    async words(classifier, sound, { query, model }, signal) {
      checkWindowsOf(classifier, sound, query);
      return { labels: await scorers.get(model)!(sound, query, signal) };
    },
    async embedding(classifier, sound, { query }, signal) {
      checkWindowsOf(classifier, sound, query);
      const { aggregate, window, hop } = query;
      return { embedding: await classifier.embed(sound, { aggregate, window, hop, signal }) };
    },
    async events(classifier, sound, { query }, signal, tell) {
      const { threshold, minDuration, window = longest(classifier) } = query;
      const { hop = eventHop(classifier, window) } = query;
      checkWindow(classifier, window); // or the hop that comes of it would be what is refused
      checkWindows(sound, hop, maxWindows);
      const events: SoundEvent[] = [];
      const onProgress = tell && tellingProgress(sound, tell);
      const options = { threshold: { on: threshold }, minDuration, window, hop, signal, onProgress };
      for await (const event of hearEvents(classifier, sound, options)) {
        events.push(event);
        tell?.({ event });
      }
      return { events: events.sort(byStart) };
    },
  };

  /** By the names of the models. */
  const broken = new Map<string, AudiozooError>();

  return {
    models: Array.from(classifiers, ([name, classifier]) => describe(name, classifier, scorers.has(name))),
    get failure() {
      return broken.values().next().value;
    },
    async listen({ model, sampleRate, hop, topK, live, sound }, signal, tell) {
      const classifier = classifiers.get(model)!;
      let seconds = 0;
      try {
        const source = liveSound(sound, sampleRate);
        for await (const { time, labels, dropped } of listen(classifier, source, {
          hop,
          topK,
          live,
          signal,
        })) {
          seconds = time;
          tell({ time, labels, dropped });
        }
        signal.throwIfAborted();
        return { seconds };
      } finally {
        sound.close();
      }
    },
    async hear({ about, model, query, upload }, signal, tell) {
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
        const answer = await ask[about](classifier, sound, { query, model }, signal, tell);
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

/** Tells of a hundredth of the sound at a time, and of its end. */
function tellingProgress({ samples, sampleRate }: Audio, tell: Tell) {
  const total = samples.length / sampleRate;
  let told = 0;
  return ({ done }: { readonly done: number }) => {
    if (done < total && done - told < total / 100) return;
    told = done;
    tell({ done, total });
  };
}

function describe(
  name: string,
  { device, problemType, frontEnd, labels }: Classifier,
  readsWords: boolean,
): ModelDescription {
  const { sampleRate, minSamples, maxSamples } = frontEnd;
  const [minSeconds, maxSeconds] = [minSamples / sampleRate, maxSamples / sampleRate];
  return { name, device, problemType, sampleRate, minSeconds, maxSeconds, labels: [...labels], readsWords };
}

function fits({ samples }: Audio, { frontEnd }: Classifier): boolean {
  return samples.length >= frontEnd.minSamples && samples.length <= frontEnd.maxSamples;
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
