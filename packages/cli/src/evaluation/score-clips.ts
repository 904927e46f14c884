// One model over clips in batches. What is longer than the model's window is cut, as the official dataloader
// cuts it: unlike `classify`, which people ask about sounds of theirs, an evaluation repeats a protocol.

import { type AudioClassifier, type AudioOptions, loadAudio, scoresOf } from '@audiozoo/tasks';

/** What became of a clip; `place` is the one it came with. */
export type Outcome =
  | { readonly place: number; readonly scores: Float32Array }
  | { readonly place: number; readonly error: unknown };

export interface ScoringOptions {
  /** Clips per run of the model. */
  readonly batch: number;
  readonly audio: AudioOptions;
  readonly signal: AbortSignal;
}

/**
 * Resampling looks a little beyond the samples it makes: with so many seconds more than the window holds,
 * those inside are the same as if the whole clip had been heard.
 */
const margin = 0.25;

/** Batch by batch: each clip's probabilities [labels], or why there are none. */
export async function* scoreClips(
  classifier: AudioClassifier,
  clips: readonly { readonly place: number; readonly path: string }[],
  { batch, audio, signal }: ScoringOptions,
): AsyncGenerator<Outcome[]> {
  const { sampleRate, maxSamples } = classifier.frontEnd;
  const load = async (path: string) => {
    const samples = await loadAudio(path, sampleRate, {
      ...audio,
      duration: maxSamples / sampleRate + margin,
      signal,
    });
    return { samples: samples.subarray(0, maxSamples), sampleRate };
  };

  for (let first = 0; first < clips.length; first += batch) {
    const outcomes: Outcome[] = [];
    const heard: { place: number; sound: { samples: Float32Array; sampleRate: number } }[] = [];
    for (const { place, path } of clips.slice(first, first + batch)) {
      try {
        heard.push({ place, sound: await load(path) });
      } catch (error) {
        signal.throwIfAborted();
        outcomes.push({ place, error });
      }
    }
    yield [...outcomes, ...(await scoreSounds(heard))];
  }

  /** One clip that the model refuses must not take the others of its batch with it. */
  async function scoreSounds(
    sounds: readonly { place: number; sound: { samples: Float32Array; sampleRate: number } }[],
  ): Promise<Outcome[]> {
    if (sounds.length === 0) return [];
    try {
      const { data, shape } = await classifier.logits(
        sounds.map(({ sound }) => sound),
        { signal },
      );
      const labels = shape[1]!;
      return sounds.map(({ place }, row) => {
        const logits = data.subarray(row * labels, (row + 1) * labels);
        return { place, scores: Float32Array.from(scoresOf(logits, classifier.problemType)) };
      });
    } catch (error) {
      signal.throwIfAborted();
      if (sounds.length === 1) return [{ place: sounds[0]!.place, error }];
      const alone: Outcome[] = [];
      for (const sound of sounds) alone.push(...(await scoreSounds([sound])));
      return alone;
    }
  }
}
