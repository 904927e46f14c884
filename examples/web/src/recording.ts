// A recording as a model without labels hears it: windows in the space in which words lie, to be asked for places.

import { type AudioPieces, type EmbeddedWindow, embedWindows, type RemoteClassifier } from '@audiozoo/tasks';
import { openSound, type Sound } from './sound-file.js';
import type { Frames } from './spectrogram.js';

export interface Recording {
  readonly seconds: number;
  readonly windows: readonly EmbeddedWindow[];
}

export interface RecordingOptions {
  readonly signal: AbortSignal;
  onNote(note: string): void;
  /** Features as they come, to be drawn. */
  onFeatures(frames: Frames): void;
  /** So much has been heard. */
  onSeconds(seconds: number): void;
}

/** Places are told closer than the model hears at a time: of shorter windows, which overlap by half. */
const windowShare = 1 / 2;

export async function embedRecording(
  model: RemoteClassifier,
  file: File,
  { signal, onNote, onFeatures, onSeconds }: RecordingOptions,
): Promise<Recording> {
  const { sampleRate, maxSamples, windowSamples = maxSamples } = model.frontEnd;
  // A sound of one window is read to its end at once, a longer one as it is heard.
  const sound = await openSound(file, { ...model.frontEnd, maxSamples: windowSamples }, signal, onNote);
  const features = await model.stream({ sampleRate });
  let samples = 0;
  async function* pieces(): AsyncGenerator<Float32Array> {
    for await (const piece of piecesOf(sound)) {
      signal.throwIfAborted();
      samples += piece.length;
      const frames = await features.push(piece);
      if (!signal.aborted) onFeatures(frames);
      yield piece;
    }
  }
  const windows: EmbeddedWindow[] = [];
  const window = (windowShare * windowSamples) / sampleRate;
  try {
    const heard: AudioPieces = Object.assign(pieces(), { sampleRate });
    for await (const embedded of embedWindows(model, heard, { window, hop: window / 2, signal })) {
      windows.push(embedded);
      onSeconds(embedded.end);
    }
  } finally {
    await features.close().catch(() => undefined); // the model may be closed already
  }
  return { seconds: samples / sampleRate, windows };
}

async function* piecesOf(sound: Sound): AsyncGenerator<Float32Array> {
  if (sound.kind === 'clip') yield sound.samples;
  else yield* sound.stream;
}
