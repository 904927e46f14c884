// A model with its filter bank inside: one graph from sound to labels. Runtimes that know nothing of features run
// it, and on a GPU a batch stays where it is.

import type { AnyModel, Ops, Resolved } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import { createFbankGraph, type FbankGraph } from './fbank-graph.js';
import { type FbankOptions, refuse } from './fbank-options.js';
import type { SpectrogramInput } from './spectrogram-front-end.js';
import { waveformFrontEnd } from './waveform-front-end.js';

/** What a model over Kaldi's features is given of sound. */
export interface FbankInput extends SpectrogramInput {
  readonly fbank: FbankOptions;
}

/**
 * A model over Kaldi's features in the form that hears sound itself, for the `waveform` of its plug-in. Its
 * inputs are `samples` [B, N], which must be finite, and `lengths` [B]: how many of a row are the clip, from one
 * frame's length up. Outputs, labels and weights stay the model's.
 *
 * `inputOf` tells what the model's front end does. Where it asks for what only `createFbank` serves (energy,
 * magnitudes, dither, mirrored ends, a mean over the signal), or for padding other than 0, the form throws an `argument` error when it is used.
 */
export function withFbank<Config>(model: AnyModel, inputOf: (config: Config) => FbankInput): AnyModel {
  // It takes a millisecond to make and is asked for several times a run.
  let latest: { readonly config: Config; readonly graph: FbankGraph } | undefined;
  const graphOf = (config: Config): FbankGraph => {
    if (!latest || latest.config !== config) {
      const { fbank, frames, padding = 0 } = inputOf(config);
      if (padding !== 0) throw refuse('padding', '0', padding, 'has no place in the graph');
      latest = { config, graph: createFbankGraph(fbank, frames) };
    }
    return latest.graph;
  };

  const { waveform: _, ...rest } = model;
  return {
    ...rest,
    parameters: (config: Config) => ({
      fbank: graphOf(config).parameters,
      mean: parameter('waveform.mean', [1], {
        fullPrecision: true,
        derived: { from: [], compute: () => Float32Array.of(-inputOf(config).mean) },
      }),
      model: model.parameters(config),
    }),
    inputs: (config: Config) => ({
      samples: { shape: [graphOf(config).sampleCount], fullPrecision: true },
      lengths: { shape: [], fullPrecision: true },
    }),
    build<T>(
      ops: Ops<T>,
      weights: { fbank: Resolved<FbankGraph['parameters'], T>; mean: T; model: unknown },
      { samples, lengths }: Readonly<Record<string, T>>,
      config: Config,
      outputs: ReadonlySet<string>,
    ) {
      const { name, scale } = inputOf(config);
      const features = graphOf(config).build(ops, weights.fbank, samples!, lengths!); // [B, frames, columns]
      const normalized = ops.scale(ops.add(features, weights.mean), scale);
      return model.build(ops, weights.model, { [name]: normalized }, config, outputs);
    },
    frontEnd: (config: Config) => waveformFrontEnd(model.frontEnd(config), graphOf(config)),
  };
}
