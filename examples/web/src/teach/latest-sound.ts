// The last seconds of what a model hears live, for those who say what it was.

import type { Audio } from '@audiozoo/features';
import type { RemoteClassifier } from '@audiozoo/tasks';

export interface LatestSound {
  /** The same classifier; what streams of it are given is kept for a while. */
  follow(model: RemoteClassifier): RemoteClassifier;
  /** A copy; undefined before anything was heard. */
  read(): Audio | undefined;
  forget(): void;
}

/** Keeps so many seconds. */
export function latestSound(seconds: number): LatestSound {
  let pieces: Float32Array[] = [];
  let length = 0;
  let sampleRate = 0;

  function push(piece: Float32Array): void {
    pieces.push(piece);
    length += piece.length;
    while (length - pieces[0]!.length >= seconds * sampleRate) length -= pieces.shift()!.length;
  }
  function forget(): void {
    pieces = [];
    length = 0;
  }

  return {
    follow: (model) => ({
      ...model,
      async stream(options) {
        forget();
        sampleRate = options.sampleRate;
        const stream = await model.stream(options);
        return {
          ...stream,
          push(samples) {
            push(samples.slice());
            return stream.push(samples);
          },
        };
      },
    }),
    read() {
      if (length === 0) return undefined;
      const samples = new Float32Array(length);
      let at = 0;
      for (const piece of pieces) {
        samples.set(piece, at);
        at += piece.length;
      }
      const longest = Math.round(seconds * sampleRate);
      return { samples: samples.subarray(Math.max(0, length - longest)), sampleRate };
    },
    forget,
  };
}
