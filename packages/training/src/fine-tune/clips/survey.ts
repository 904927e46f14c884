// One look at every clip before training: which cannot be read, how long they are, what their features are like.

import { type AnyModel, AudiozooError, type FrontEnd, type Tensor, tensor } from '@audiozoo/core';
import { listNames } from '@audiozoo/core/plugin';
import { type FeatureStatistics, featureStatistics } from '../../data/feature-statistics.js';
import type { ClipCache, HeardClip } from './clip-cache.js';
import type { TrainingClip } from './training-clip.js';

export interface BadClip {
  readonly name: string;
  readonly error: unknown;
}

export interface Survey {
  /** Those that can be heard, in their order. */
  readonly clips: readonly TrainingClip[];
  /** The same, read where they are kept. */
  readonly kept: readonly KeptClip[];
  readonly bad: readonly BadClip[];
  /** Samples of the longest, as far as the model hears. */
  readonly longest: number;
  /** How many go on beyond what the model hears. */
  readonly cut: number;
  readonly statistics: FeatureStatistics | undefined;
}

/** A clip of which features may be kept. */
export interface KeptClip extends TrainingClip {
  /** [frames, columns], before padding and normalizing. */
  features?(): Promise<Tensor<'float32'>>;
}

export interface SurveyOptions {
  /** Of the model in the size that it is trained in. */
  readonly frontEnd: FrontEnd;
  /** The rows [frames, columns] that features are cut or padded to for statistics; absent: none are made. */
  readonly statisticsOf?: readonly [frames: number, columns: number] | undefined;
  /** So many may be bad, with those of `before`. */
  readonly maxBad: number;
  readonly before?: readonly BadClip[] | undefined;
  /** Where clips are kept, and what of them; absent: they are not. */
  readonly cache?: ClipCache | undefined;
  readonly keeps?: 'sound' | 'features' | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onClip?: ((done: number) => void) | undefined;
}

/** Throws an `audio` error that lists the bad clips, as soon as there are too many. */
export async function surveyClips(
  clips: readonly TrainingClip[],
  { frontEnd, statisticsOf, maxBad, before = [], cache, keeps = 'sound', signal, onClip }: SurveyOptions,
): Promise<Survey> {
  const good: TrainingClip[] = [];
  const kept: KeptClip[] = [];
  const bad: BadClip[] = [];
  const statistics = statisticsOf && featureStatistics();
  let longest = 0;
  let cut = 0;
  for (const [place, clip] of clips.entries()) {
    signal?.throwIfAborted();
    const heard: Looked | { readonly error: unknown } =
      (await cache?.find(place)) ??
      (await hear(clip, frontEnd, { keeps, signal }).catch((error) => ({ error })));
    if ('error' in heard) {
      signal?.throwIfAborted();
      bad.push({ name: clip.name, error: heard.error });
      if (before.length + bad.length > maxBad) throw tooManyBad([...before, ...bad], maxBad);
    } else {
      if (statistics) {
        const values = heard.values ?? (await cache!.read(place));
        const features = keeps === 'features' ? values : frontEnd.features(values.data);
        statistics.add(fitted(features.data, statisticsOf));
      }
      if (heard.values) await cache?.keep(place, { ...heard, values: heard.values });
      longest = Math.max(longest, heard.samples);
      if (heard.isCut) cut++;
      good.push(clip);
      kept.push(cache ? keptClip(clip, place, cache, keeps) : clip);
    }
    onClip?.(place + 1);
  }
  await cache?.finish();
  return { clips: good, kept, bad, longest, cut, statistics: statistics?.result() };
}

/** The values of a clip that is kept are still where they are kept. */
type Looked = Omit<HeardClip, 'values'> & Partial<Pick<HeardClip, 'values'>>;

/** Throws on what the model cannot hear. */
async function hear(
  clip: TrainingClip,
  frontEnd: FrontEnd,
  { keeps, signal }: Pick<SurveyOptions, 'signal'> & { readonly keeps: 'sound' | 'features' },
): Promise<HeardClip> {
  const { sampleRate, minSamples, maxSamples } = frontEnd;
  const samples = await clip.sound(sampleRate, { maxSamples: maxSamples + 1, signal });
  if (samples.length < minSamples) throw tooShort(samples.length, frontEnd);
  const heard = samples.subarray(0, maxSamples);
  // Not finite, and silent where a model cannot hear that: told by its features.
  const features = frontEnd.features(heard);
  return {
    values: keeps === 'features' ? features : tensor('float32', [heard.length], heard),
    samples: heard.length,
    isCut: samples.length > maxSamples,
  };
}

function keptClip(
  clip: TrainingClip,
  place: number,
  cache: ClipCache,
  keeps: 'sound' | 'features',
): KeptClip {
  if (keeps === 'features') return { ...clip, features: () => cache.read(place) };
  return { ...clip, sound: async () => (await cache.read(place)).data };
}

/** Features as they are normalized: cut, or padded with 0. */
function fitted(data: Float32Array, [frames, columns]: readonly [number, number]): Float32Array {
  const flat = new Float32Array(frames * columns);
  flat.set(data.subarray(0, flat.length));
  return flat;
}

/** [frames, columns] of the one input of a model that hears a spectrogram; undefined where it hears otherwise. */
export function spectrogramShape(model: AnyModel, config: unknown): readonly [number, number] | undefined {
  const inputs = Object.values(model.inputs(config));
  const [frames, columns, ...more] = inputs[0]?.shape ?? [];
  if (inputs.length !== 1 || frames === undefined || columns === undefined || more.length > 0)
    return undefined;
  return [frames, columns];
}

function tooShort(samples: number, { minSamples, sampleRate }: FrontEnd): AudiozooError {
  return new AudiozooError({
    code: 'audio-too-short',
    what: 'the clip is shorter than the model can hear',
    expected: `at least ${minSamples} samples at ${sampleRate} Hz`,
    got: `${samples}`,
  });
}

function tooManyBad(bad: readonly BadClip[], maxBad: number): AudiozooError {
  const [first] = bad;
  return new AudiozooError({
    code: 'audio',
    what: `${listNames(bad.map(({ name }) => name))} cannot be trained on`,
    expected: maxBad === 0 ? 'clips that can all be heard' : `at most ${maxBad} clips that cannot be heard`,
    got: causeOf(first!.error),
    hint: 'Mend or remove them, or let more be skipped with `maxBad`.',
    option: 'maxBad',
    cause: first!.error,
  });
}

/** Without what mends it, which is said of all. */
function causeOf(error: unknown): string {
  if (AudiozooError.isInstance(error)) return error.what;
  return error instanceof Error ? error.message : String(error);
}
