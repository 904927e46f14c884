// Labels for sound as it comes, a prediction every hop.

import { AudiozooError, type Tensor } from '@audiozoo/core';
import { checkOptions, describeValue, type OptionKinds } from '@audiozoo/core/plugin';
import type { AudioPieces, ResamplingKernel } from '@audiozoo/features';
import {
  type AudioClassifier,
  type ClassifierStream,
  checkClassifier,
  type LabelsAtTime,
} from '../classify/classifier.js';
import { type RankOptions, rankOptionKinds } from '../classify/classify-options.js';
import { captureAudio } from './capture-audio.js';

export interface ListenOptions extends RankOptions {
  /** Seconds from one prediction to the next: 0.5 when absent. */
  readonly hop?: number | undefined;
  /**
   * Whether the sound goes on while the model runs. True for a MediaStream: hops that it is too slow for are
   * dropped. False for other sources: they wait, and nothing is dropped.
   */
  readonly live?: boolean | undefined;
  /** How to change the sample rate: torchaudio's default kernel when absent. */
  readonly kernel?: ResamplingKernel | undefined;
  /** Gets the features [new frames, columns] as they come, to draw a spectrogram with. */
  readonly onFeatures?: ((features: Tensor<'float32'>) => void) | undefined;
}

const listenOptionKinds = {
  ...rankOptionKinds,
  hop: 'number',
  live: 'boolean',
  kernel: 'string',
  onFeatures: 'function',
} as const satisfies OptionKinds<ListenOptions>;

export interface Heard extends LabelsAtTime {
  /** Hops without a prediction since the one before, because the model was too slow. */
  readonly dropped: number;
}

/**
 * Listens to a microphone (a MediaStream, browsers), or to samples that come in pieces, and tells the best
 * labels of the latest sound, as much as the model hears at once, every `hop` seconds. When sound from a
 * source that waits ends between two hops, there is a last prediction.
 *
 *     for await (const { labels, time } of listen(classifier, microphone, { hop: 0.5, signal })) …
 *
 * Aborting `signal` ends the loop, as `break` does; the stream's tracks stay the caller's to stop. Memory is
 * bounded. Throws `argument` and `device` errors when the sound cannot be captured, `audio` errors for
 * samples that cannot be sound, an `audio-too-short` error when a source that waits ends before the first
 * frame.
 */
export async function* listen(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'stream'>,
  source: MediaStream | AudioPieces,
  options: ListenOptions = {},
): AsyncGenerator<Heard, void, undefined> {
  checkOptions('listen', options, listenOptionKinds);
  checkClassifier(classifier, 'stream');
  checkSource(source);
  const { hop = 0.5, live = isMediaStream(source), kernel, onFeatures, topK = 5, signal } = options;
  if (!(hop > 0 && Number.isFinite(hop))) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the hop is not a time',
      option: 'hop',
      expected: 'seconds, above 0',
      got: `${hop}`,
    });
  }
  if (signal?.aborted) return;
  const { maxSamples, sampleRate: modelRate } = classifier.frontEnd;
  const capture = isMediaStream(source) ? await captureAudio(source, maxSamples / modelRate) : undefined;
  const audio = capture ?? (source as AudioPieces);
  const { sampleRate } = audio;
  const stopped = new AbortController();
  const pieces = untilAborted(audio, signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal);
  let stream: ClassifierStream | undefined;
  try {
    stream = await classifier.stream({ sampleRate, kernel });
    const listener: Listener = {
      hopSamples: Math.max(1, Math.round(hop * sampleRate)),
      async push(samples) {
        const features = await stream!.push(samples);
        if (features.shape[0]! > 0) onFeatures?.(features);
        return features.shape[0]!;
      },
      async predict() {
        const { labels, time } = await stream!.classify({ topK, signal });
        return { labels, time: time + (audio.skipped ?? 0) / sampleRate };
      },
    };
    yield* live ? keepingUp(pieces, listener) : hopByHop(pieces, listener, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    stopped.abort();
    await capture?.close();
    await stream?.close().catch(() => undefined); // a worker that failed has said so already
  }
}

interface Listener {
  readonly hopSamples: number;
  /** Resolves to the number of new frames. */
  push(samples: Float32Array): Promise<number>;
  predict(): Promise<LabelsAtTime>;
}

/** For sound that waits: a prediction at the very end of each hop. */
async function* hopByHop(
  pieces: AsyncIterable<Float32Array>,
  { hopSamples, push, predict }: Listener,
  signal: AbortSignal | undefined,
): AsyncGenerator<Heard, void, undefined> {
  let inHop = 0;
  let frames = 0;
  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) {
      const part = piece.subarray(offset, offset + hopSamples - inHop);
      frames += await push(part);
      offset += part.length;
      inHop += part.length;
      if (inHop < hopSamples) continue;
      inHop = 0;
      if (frames > 0) yield { ...(await predict()), dropped: 0 };
    }
  }
  if (!signal?.aborted && (inHop > 0 || frames === 0)) yield { ...(await predict()), dropped: 0 };
}

/** For sound that goes on: it is taken as it comes, and predicted from what is latest whenever a hop is due. */
async function* keepingUp(
  pieces: AsyncIterable<Float32Array>,
  { hopSamples, push, predict }: Listener,
): AsyncGenerator<Heard, void, undefined> {
  let samples = 0;
  let frames = 0;
  let hopsDone = 0;
  let end: { readonly error?: unknown } | undefined;
  let wake = () => {};

  const hear = async () => {
    for await (const piece of pieces) {
      frames += await push(piece);
      samples += piece.length;
      wake();
    }
  };
  hear()
    .then(
      () => (end = {}),
      (error: unknown) => (end = { error }),
    )
    .then(() => wake());

  for (;;) {
    const hops = Math.floor(samples / hopSamples);
    if (frames > 0 && hops > hopsDone) {
      const dropped = hops - hopsDone - 1;
      hopsDone = hops;
      yield { ...(await predict()), dropped };
    } else if (end) {
      if ('error' in end) throw end.error;
      return;
    } else {
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
}

/** The pieces up to the moment of aborting, even if the next one never comes. */
function untilAborted(pieces: AsyncIterable<Float32Array>, signal: AbortSignal): AsyncIterable<Float32Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  type Next = IteratorResult<Float32Array, undefined>;
  let finish: ((next: Next) => void) | undefined;
  const stop = () => {
    finish?.({ done: true, value: undefined });
    // Not waited for: a generator that waits for its next piece cannot return before that.
    iterator.return?.().catch(() => undefined);
  };
  signal.addEventListener('abort', stop, { once: true });
  return {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise<Next>((resolve, reject) => {
          if (signal.aborted) return resolve({ done: true, value: undefined });
          finish = resolve;
          iterator.next().then(resolve, reject);
        }),
    }),
  };
}

function checkSource(source: unknown): void {
  const given = typeof source === 'object' && source !== null ? source : {};
  if ('getAudioTracks' in given || (Symbol.asyncIterator in given && 'sampleRate' in given)) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'this cannot be listened to',
    expected: 'a MediaStream, or samples that come in pieces: an async iterable with a `sampleRate`',
    got: describeValue(source),
    hint:
      'then' in given
        ? 'Await it first.'
        : 'Open files with `openAudioStream` of @audiozoo/features/audio, and use `classify` for a clip.',
  });
}

function isMediaStream(source: MediaStream | AudioPieces): source is MediaStream {
  return 'getAudioTracks' in source;
}
