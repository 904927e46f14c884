// CLAP with its spectrogram inside: from sound of up to the length that every clip is brought to. What a fused model hears of
// longer sound, shrunk and in crops, hangs on all of it and is made outside; here it is heard in windows.

import type { AnyModel, FrontEnd, Ops } from '@audiozoo/core';
import { withSpectrogram } from '@audiozoo/features';
import { type ClapConfig, frameCount } from './config.js';
import { cropped, spectrogramOptions } from './front-end.js';
import { constant } from './layers.js';

export function withWaveform(model: AnyModel): AnyModel {
  const form = withSpectrogram<ClapConfig>(ofOneView(model), (config) => ({
    name: 'input_features',
    melSpectrogram: spectrogramOptions(config),
    frames: frameCount(config),
    repeatTo: config.clipSamples,
    mean: 0,
    scale: 1,
  }));
  return { ...form, frontEnd: (config: ClapConfig) => frontEnd(config, form.frontEnd(config)) };
}

/** The model over one spectrogram, which is all four views of a fused one where sound is not longer. */
function ofOneView(model: AnyModel): AnyModel {
  return {
    ...model,
    parameters: (config: ClapConfig) => ({
      model: model.parameters(config),
      longer: config.fusion
        ? constant('waveform.longer', [1, 1], () => Number(config.hearing.isLonger ?? false))
        : undefined,
    }),
    build<T>(
      ops: Ops<T>,
      { model: weights, longer }: { readonly model: unknown; readonly longer: T | undefined },
      { input_features }: Readonly<Record<string, T>>,
      config: ClapConfig,
      asked: ReadonlySet<string>,
    ) {
      if (longer === undefined)
        return model.build(ops, weights, { input_features: input_features! }, config, asked);
      const view = ops.reshape(input_features!, [-1, 1, frameCount(config), config.melBins]);
      const inputs = {
        input_features: ops.concat([view, view, view, view], 1), // [B, 4, frames, melBins]
        is_longer: ops.expandBatch(longer, view), // [B, 1]
      };
      return model.build(ops, weights, inputs, config, asked);
    },
  };
}

function frontEnd({ clipSamples, fusion, hearing }: ClapConfig, inside: FrontEnd): FrontEnd {
  if (fusion) return { ...inside, maxSamples: clipSamples };
  return {
    ...inside,
    key: JSON.stringify([inside.key, hearing]),
    inputs: (clips) =>
      inside.inputs(
        clips.map((clip) =>
          clip.length > clipSamples ? cropped(clip, clipSamples, hearing.cropOffset) : clip,
        ),
      ),
  };
}
