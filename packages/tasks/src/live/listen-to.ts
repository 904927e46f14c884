// Opens what is listened to, asks a listener when it is time, and closes both whatever happens.

import type { AudioPieces, ResamplingKernel } from '@audiozoo/features';
import { resampled } from '../sound/sound-pieces.js';
import { captureAudio } from './capture-audio.js';
import { isMediaStream, untilAborted } from './listening-source.js';
import { type Dropped, hopByHop, keepingUp, type Listener } from './predictions.js';

export interface ListenToOptions {
  readonly live: boolean;
  readonly signal: AbortSignal | undefined;
  /** Seconds of a microphone that are kept for a listener who takes them slowly. */
  readonly maxSeconds: number;
  /** The rate of what the listener gets, and how to change to it: the source's when absent. */
  readonly resampleTo?: number;
  readonly kernel?: ResamplingKernel | undefined;
}

export interface OpenListener<Result> extends Listener<Result> {
  close(): Promise<void>;
}

/** Aborting ends it, as `break` does. */
export async function* listenTo<Result>(
  source: MediaStream | AudioPieces,
  { live, signal, maxSeconds, resampleTo, kernel }: ListenToOptions,
  open: (audio: AudioPieces) => Promise<OpenListener<Result>>,
): AsyncGenerator<Result & Dropped, void, undefined> {
  if (signal?.aborted) return;
  const capture = isMediaStream(source) ? await captureAudio(source, maxSeconds) : undefined;
  const audio = capture ?? (source as AudioPieces);
  const { sampleRate } = audio;
  const stopped = new AbortController();
  const pieces = untilAborted(audio, signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal);
  let listener: OpenListener<Result> | undefined;
  try {
    listener = await open(audio);
    const heard = { sampleRate, [Symbol.asyncIterator]: () => pieces[Symbol.asyncIterator]() };
    const wanted = resampleTo === undefined ? heard : resampled(heard, resampleTo, kernel);
    yield* (live ? keepingUp : hopByHop)(wanted, listener, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    stopped.abort();
    await capture?.close();
    await listener?.close();
  }
}
