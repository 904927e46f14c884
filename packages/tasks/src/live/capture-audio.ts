// A MediaStream's sound as samples, at the rate of its device. All channels are mixed to one, as browsers
// mix them. Sound that nobody takes is kept for a while, then forgotten from its beginning.

import { AudiozooError } from '@audiozoo/core';
import { concatenate } from '@audiozoo/core/plugin';
import type { AudioPieces } from '@audiozoo/features';
import { captureProcessorName, captureProcessorSource } from './capture-processor.js';

export interface Capture extends AudioPieces {
  /** Stops capturing. The stream's tracks stay the caller's to stop. */
  close(): Promise<void>;
}

/**
 * Captures until the track ends. `maxSeconds` of sound are kept for one who takes it slowly. Throws an `argument`
 * error when there is no sound in the stream, `device` errors where it cannot be captured.
 */
export async function captureAudio(media: MediaStream, maxSeconds: number): Promise<Capture> {
  const [track] = media.getAudioTracks();
  if (!track) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the stream has no sound',
      expected: 'a MediaStream with an audio track',
      hint: 'Ask getUserMedia for `audio`, or use `openMicrophone`.',
    });
  }
  const context = await startContext(track);
  const queue: Float32Array[] = [];
  const maxQueued = Math.ceil(maxSeconds * context.sampleRate);
  let queued = 0;
  let skipped = 0;
  let ended = track.readyState === 'ended';
  let wake = () => {};

  const node = new AudioWorkletNode(context, captureProcessorName, {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
  });
  node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
    queue.push(data);
    queued += data.length;
    // A track that the caller stopped tells nobody, and is silent from then on.
    ended ||= track.readyState === 'ended';
    while (queued - queue[0]!.length >= maxQueued) {
      queued -= queue[0]!.length;
      skipped += queue.shift()!.length;
    }
    wake();
  };
  const end = () => {
    ended = true;
    wake();
  };
  track.addEventListener('ended', end);
  const source = context.createMediaStreamSource(media);
  source.connect(node);

  /** All that waits, in one piece. */
  function take(): Float32Array {
    queued = 0;
    return concatenate(Float32Array, queue.splice(0));
  }

  async function next(): Promise<IteratorResult<Float32Array, undefined>> {
    while (queued === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
    return queued > 0 ? { done: false, value: take() } : { done: true, value: undefined };
  }

  return {
    sampleRate: context.sampleRate,
    get skipped() {
      return skipped;
    },
    [Symbol.asyncIterator]: () => ({ next }),
    async close() {
      end();
      track.removeEventListener('ended', end);
      source.disconnect();
      node.port.close();
      await context.close();
    },
  };
}

/** A running context at the track's own rate, with the capturing module. */
async function startContext(track: MediaStreamTrack): Promise<AudioContext> {
  if (typeof AudioWorkletNode === 'undefined') {
    throw new AudiozooError({
      code: 'device',
      what: 'there is no AudioWorklet here',
      expected: 'a browser of 2021 or later, and a page over HTTPS or from localhost',
    });
  }
  const { sampleRate } = track.getSettings();
  const context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
  const module = URL.createObjectURL(new Blob([captureProcessorSource], { type: 'text/javascript' }));
  try {
    await context.audioWorklet.addModule(module);
  } catch (cause) {
    await context.close();
    throw new AudiozooError({
      code: 'device',
      what: 'the AudioWorklet module cannot be loaded',
      got: String(cause),
      hint: "The page's content security policy must allow it: `script-src 'self' blob:`.",
      cause,
    });
  } finally {
    URL.revokeObjectURL(module);
  }
  // Contexts wait for a gesture. This one waits for one too, rather than failing.
  if (context.state === 'suspended') context.resume().catch(() => undefined);
  return context;
}
