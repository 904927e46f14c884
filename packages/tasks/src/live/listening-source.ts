// What can be listened to: a microphone, or samples that come in pieces.

import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import type { AudioPieces } from '@audiozoo/features';

/** Throws an `argument` error unless it is one of the two. */
export function checkSource(source: unknown): void {
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

export function isMediaStream(source: MediaStream | AudioPieces): source is MediaStream {
  return 'getAudioTracks' in source;
}

/** Throws an `argument` error unless predictions can be so far apart. */
export function checkHop(hop: number, least = 0): void {
  if (hop > 0 && hop >= least && Number.isFinite(hop)) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the hop is not a time',
    option: 'hop',
    expected: least > 0 ? `seconds, ${least} or more` : 'seconds, above 0',
    got: `${hop}`,
  });
}

/** The pieces up to the moment of aborting, even if the next one never comes. */
export function untilAborted(
  pieces: AsyncIterable<Float32Array>,
  signal: AbortSignal,
): AsyncIterable<Float32Array> {
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
