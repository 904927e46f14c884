// A model with its spectrogram inside: one graph from sound to labels. Runtimes that know nothing of features run it, and
// on a GPU a batch stays where it is.

import type { AnyModel, InputSpecification, Ops, Resolved } from '@audiozoo/core';
import { fbankFrames } from './fbank.js';
import { readFbankOptions, refuse } from './fbank-options.js';
import type { Framing } from './framing.js';
import { melSpectrogramFrames } from './mel-spectrogram.js';
import { readMelSpectrogramOptions } from './mel-spectrogram-options.js';
import type { Fill } from './signal-graph.js';
import type { SilentRest } from './silent-rest.js';
import {
  createSpectrogramGraph,
  type SpectrogramGraph,
  type SpectrogramGraphOptions,
} from './spectrogram-graph.js';
import type { FbankInput, MelSpectrogramInput } from './spectrogram-input.js';
import { type LatestSound, waveformFrontEnd } from './waveform-front-end.js';
import { waveformParameter } from './waveform-parameter.js';

/** What a model is given of sound, and how it is heard inside. */
export type WaveformInput = (FbankInput | MelSpectrogramInput) & {
  /**
   * Samples that every clip is brought to: shorter ones are repeated, as many whole times as fit, and silence follows.
   * Absent: they are as long as they are.
   */
  readonly repeatTo?: number | undefined;
};

/**
 * A model over spectrograms in the form that hears sound itself, for the `waveform` of its plug-in. Its inputs are
 * `samples` [B, N], which must be finite, and `lengths` [B], how many of a row are the clip, from the fewest that its
 * front end takes up to N. Where the model's input may be of any length and frames are mirrored at the ends, so may N, which
 * then makes the frames; what is shorter than N is padded up to it. Outputs, labels and weights stay the model's.
 *
 * `inputOf` tells what the model's front end does. Where it asks for what is computed outside only (magnitudes, energy,
 * dither, a mean over the signal, a floor below float32's), the form throws an `argument` error when it is used. Sound
 * that comes in pieces is heard as a clip of what came last: mirrored, where frames are centered, at both its ends.
 */
export function withSpectrogram<Config>(
  model: AnyModel,
  inputOf: (config: Config) => WaveformInput,
): AnyModel {
  // It takes a millisecond to make and is asked for several times a run.
  let known: { readonly config: Config; readonly inside: Inside } | undefined;
  const insideOf = (config: Config): Inside => {
    if (!known || known.config !== config) known = { config, inside: createInside(inputOf(config)) };
    return known.inside;
  };

  const { waveform: _, ...rest } = model;
  return {
    ...rest,
    parameters: (config: Config) => ({
      spectrogram: insideOf(config).graph.parameters,
      mean: waveformParameter('mean', [1], () => Float32Array.of(-inputOf(config).mean)),
      model: model.parameters(config),
    }),
    inputs: (config: Config) => ({
      samples: samplesOf(insideOf(config)),
      lengths: { shape: [], fullPrecision: true },
    }),
    build<T>(
      ops: Ops<T>,
      weights: { spectrogram: Resolved<SpectrogramGraph['parameters'], T>; mean: T; model: unknown },
      { samples, lengths }: Readonly<Record<string, T>>,
      config: Config,
      outputs: ReadonlySet<string>,
    ) {
      const { name, mean, scale } = inputOf(config);
      const features = insideOf(config).graph.build(ops, weights.spectrogram, samples!, lengths!); // [B, frames, columns]
      const centered = mean === 0 ? features : ops.add(features, weights.mean);
      const normalized = scale === 1 ? centered : ops.scale(centered, scale);
      return model.build(ops, weights.model, { [name]: normalized }, config, outputs);
    },
    frontEnd(config: Config) {
      const { framing, graph, latest } = insideOf(config);
      return waveformFrontEnd(model.frontEnd(config), { framing, sampleCount: graph.sampleCount, latest });
    },
  };
}

const samplesOf = ({ graph, least }: Inside): InputSpecification => ({
  shape: [graph.sampleCount],
  fullPrecision: true,
  ...(least !== undefined && { length: { name: 'samples', least } }),
});

type Served = Pick<SpectrogramGraphOptions, 'framing' | 'analysis' | 'preemphasis' | 'topDb'>;

/** What is where the model runs. */
interface Inside {
  readonly framing: Framing;
  readonly graph: SpectrogramGraph;
  /** Samples of the shortest input, where it may be of any length. */
  readonly least: number | undefined;
  /** What is heard of sound that comes in pieces. */
  readonly latest: LatestSound;
}

function createInside(input: WaveformInput): Inside {
  const { frames, padding = 0, repeatTo } = input;
  const served = 'fbank' in input ? servedFbank(input) : servedMelSpectrogram(input);
  const silentRest = 'silentRest' in input ? input.silentRest : undefined;
  const clipFrames = silentRest?.clipFrames ?? frames;
  const { framing, analysis } = served;
  const fill = repeatTo
    ? ({ kind: 'repeat', samples: repeatTo } as const)
    : silentRest && silenceUntil(framing.maxSamples(frames - 1) + 1, silentRest);
  const length = 'length' in input && !repeatTo && framing.padding === 'reflect' ? input.length : undefined;
  const least = length && Math.max(framing.minSamples, framing.maxSamples(length.least - 1) + 1);
  const anyLength = length !== undefined;
  const graph = createSpectrogramGraph({ ...served, frames, clipFrames, padding, fill, anyLength });
  const latest = repeatTo
    ? { samples: repeatTo, step: 1 }
    : { samples: framing.maxSamples(clipFrames), step: analysis.hopLength };
  return { framing, graph, least, latest };
}

const silenceUntil = (samples: number, { minFrames }: SilentRest): Fill => ({
  kind: 'silence',
  samples,
  frameStep: minFrames,
});

/** What is no sum, square or logarithm of a frame's own samples is left to `createFbank`. */
function servedFbank({ fbank }: FbankInput): Served {
  const settings = readFbankOptions(fbank);
  const served = { useEnergy: false, usePower: true, dither: 0, subtractMean: false } as const;
  for (const name of Object.keys(served) as (keyof typeof served)[]) {
    if (settings[name] !== served[name]) throw unserved(name, `${served[name]}`, settings[name]);
  }
  return fbankFrames(settings);
}

function servedMelSpectrogram({ melSpectrogram }: MelSpectrogramInput): Served {
  const settings = readMelSpectrogramOptions(melSpectrogram);
  const { power, log, floor, preemphasis, topDb } = settings;
  if (power !== 2) throw unserved('power', '2', power);
  const least = 2 ** -126; // of float32's normal numbers
  if (log !== 'none' && floor < least) throw unserved('floor', `at least ${least}`, floor);
  return { ...melSpectrogramFrames(settings), preemphasis, topDb };
}

const unserved = (name: string, expected: string, got: unknown) =>
  refuse(name, expected, got, 'cannot be served inside a model', 'Have the features made outside.');
