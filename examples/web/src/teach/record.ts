// The microphone, until somebody stops.

import { concatenate } from '@audiozoo/core/plugin';
import type { Audio } from '@audiozoo/features';
import { captureAudio, openMicrophone } from '@audiozoo/tasks';
import { level } from './cut-clips.js';

export interface RecordOptions {
  /** Stops; what was heard is the recording. */
  readonly signal: AbortSignal;
  /** So much has been heard, the latest piece of it so loud: 0 silent, 1 full scale. */
  onSound(seconds: number, level: number): void;
}

/** Longer recordings end by themselves: it is forgotten that one goes on. */
const mostSeconds = 120;
/** Of sound that waits while the page is busy. */
const keptSeconds = 10;

/** Throws `device` errors: no microphone, no permission. */
export async function record({ signal, onSound }: RecordOptions): Promise<Audio> {
  const stream = await openMicrophone();
  try {
    const capture = await captureAudio(stream, keptSeconds);
    const stop = () => void capture.close();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const { sampleRate } = capture;
    const pieces: Float32Array[] = [];
    let length = 0;
    for await (const piece of capture) {
      pieces.push(piece);
      length += piece.length;
      onSound(length / sampleRate, level(piece));
      if (length >= mostSeconds * sampleRate) break;
    }
    signal.removeEventListener('abort', stop);
    if (!signal.aborted) await capture.close();
    return { samples: concatenate(Float32Array, pieces), sampleRate };
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
