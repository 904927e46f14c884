// A model that names what it hears. Knows no model and no backend: the plug-ins bring their front end,
// labels and runtime.

import {
  type AnyModel,
  AudiozooError,
  type ClipBounds,
  type FrontEnd,
  type Label,
  type LoadedModel,
  type ProblemType,
  type Tensor,
} from '@audiozoo/core';
import { type AudioInput, type AudioOptions, loadAudio } from './audio-input.js';
import { type ClassifierStream, classifierStream, type StreamOptions } from './classifier-stream.js';
import { rankLabels, type ScoredLabel, scoresOf } from './scores.js';

export interface RankOptions {
  /** How many labels to return, best first: 5 when absent. */
  readonly topK?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ClassifyOptions extends AudioOptions, RankOptions {}

/** A model's inputs by name, float32, the batch in front. */
export type Inputs = Readonly<Record<string, Tensor<'float32'>>>;

/** A loaded audio classifier, here or in a worker. Concurrent calls are safe. */
export interface AudioClassifier {
  /** What it runs on, and why when there was a choice. */
  readonly device: string;
  /** Labels in the order of the logits. */
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** The clips that it takes. */
  readonly frontEnd: ClipBounds;
  /** The best labels of one clip, best first. */
  classify(audio: AudioInput, options?: ClassifyOptions): Promise<ScoredLabel[]>;
  /** The same for inputs that are ready: a batch of one. */
  classifyInputs(inputs: Inputs, options?: RankOptions): Promise<ScoredLabel[]>;
  /** Raw scores of clips as one batch: [clips, labels]. */
  logits(batch: readonly AudioInput[], options?: AudioOptions): Promise<Tensor<'float32'>>;
  /** What the model makes of one clip before its last layer: [embedDim]. */
  embed(audio: AudioInput, options?: AudioOptions): Promise<Float32Array>;
  /** The features of a clip of any length, before padding and normalising: [frames, columns]. */
  features(audio: AudioInput, options?: AudioOptions): Promise<Tensor<'float32'>>;
  /** Begins to hear sound that comes in pieces. `listen` is the usual way. */
  stream(options: StreamOptions): Promise<ClassifierStream>;
  /** Frees the model. */
  dispose(): Promise<void>;
}

/** A classifier in this thread, with its model's whole front end. */
export interface LocalClassifier extends AudioClassifier {
  readonly frontEnd: FrontEnd;
}

/** A classifier over a loaded model. `loadClassifier` is the usual way to one. */
export function audioClassifier(
  model: AnyModel,
  config: unknown,
  loaded: LoadedModel,
  { problemType = model.problemType(config) }: { readonly problemType?: ProblemType | undefined } = {},
): LocalClassifier {
  const frontEnd = model.frontEnd(config);
  const labels = model.labels(config);

  const runInputs = async (output: string, inputs: Inputs, signal: AbortSignal | undefined) =>
    (await loaded.run(inputs, { outputs: [output], signal }))[output]!;

  const run = async (output: string, batch: readonly AudioInput[], options: AudioOptions) => {
    if (batch.length === 0) {
      throw new AudiozooError({ code: 'argument', what: 'there is no clip', expected: 'at least one' });
    }
    const clips = await Promise.all(
      batch.map(async (audio) => fitting(await loadAudio(audio, frontEnd.sampleRate, options), frontEnd)),
    );
    return runInputs(output, frontEnd.inputs(clips), options.signal);
  };

  const rank = ({ shape, data }: Tensor<'float32'>, topK: number) => {
    if (shape[0] !== 1) {
      throw new AudiozooError({
        code: 'argument',
        what: 'labels are told for one clip at a time',
        expected: 'a batch of 1',
        got: `${shape[0]}`,
        mend: 'Use `logits` for several clips.',
      });
    }
    return rankLabels(scoresOf(data, problemType), labels, topK);
  };

  const classifyInputs = async (inputs: Inputs, { topK = 5, signal }: RankOptions = {}) => {
    checkTopK(topK);
    return rank(await runInputs('logits', inputs, signal), topK);
  };

  return {
    device: loaded.device,
    labels,
    problemType,
    frontEnd,
    classifyInputs,
    async classify(audio, { topK = 5, ...options } = {}) {
      checkTopK(topK);
      return rank(await run('logits', [audio], options), topK);
    },
    logits: (batch, options = {}) => run('logits', batch, options),
    embed: async (audio, options = {}) => (await run('embedding', [audio], options)).data,
    features: async (audio, options = {}) =>
      frontEnd.features(await loadAudio(audio, frontEnd.sampleRate, options)),
    stream: async (options) => classifierStream(frontEnd, classifyInputs, options),
    dispose: () => loaded.dispose(),
  };
}

function checkTopK(topK: number): void {
  if (Number.isInteger(topK) && topK >= 1) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'topK does not fit',
    expected: 'a whole number, at least 1',
    got: `${topK}`,
  });
}

/** Refuses what the front end would cut: nobody should get labels for a part of what they passed. */
function fitting(samples: Float32Array, { maxSamples, sampleRate }: ClipBounds): Float32Array {
  if (samples.length <= maxSamples) return samples;
  const seconds = (count: number) => (count / sampleRate).toFixed(2);
  throw new AudiozooError({
    code: 'audio-too-long',
    what: "the sound is longer than the model's window",
    expected: `at most ${seconds(maxSamples)} seconds`,
    got: `${seconds(samples.length)}`,
    mend: 'Choose a part with `start` and `duration` in seconds (--start S --duration S on the command line).',
  });
}
