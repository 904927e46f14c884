// A model that names what it hears. Knows no model and no backend: the plug-ins bring their front end,
// labels and runtime.

import {
  type AnyModel,
  AudiozooError,
  type LoadedModel,
  type ProblemType,
  type Tensor,
} from '@audiozoo/core';
import {
  checkMethod,
  checkModels,
  checkOptions,
  describeValue,
  type OptionKinds,
} from '@audiozoo/core/plugin';
import { type AudioOptions, type AudioSource, audioOptionKinds } from '@audiozoo/features';
import type { SoundDecoder } from '@audiozoo/features/audio';
import { embedAnyLength } from '../search/embed.js';
import { checkLength, windowSamples } from '../sound/clip-length.js';
import { loadAudio } from '../sound/load-audio.js';
import {
  type AudioClassifier,
  type ClassifierStages,
  checkStreamOptions,
  type Inputs,
  type LoadedForm,
  type LocalClassifier,
} from './classifier.js';
import { classifierStream } from './classifier-stream.js';
import { classifyAnyLength } from './classify.js';
import { type RankOptions, rankOptionKinds } from './classify-options.js';
import { runInForms } from './run-in-forms.js';
import { checkFiniteOutput, rankLabels, scoresOf } from './scores.js';

export interface AudioClassifierOptions {
  /** How logits become scores; as the model has it when absent. */
  readonly problemType?: ProblemType | undefined;
  /** The forms to run clips of so many samples in, one for each; the one given when absent. */
  readonly formsOf?: ((lengths: readonly number[]) => readonly LoadedForm[]) | undefined;
  /** What to decode compressed sound with where a call says nothing else. */
  readonly decoders?: readonly SoundDecoder[] | undefined;
}

const classifierOptionKinds = {
  problemType: 'string',
  formsOf: 'function',
  decoders: 'list',
} as const satisfies OptionKinds<AudioClassifierOptions>;

/** A classifier over a loaded model. `loadClassifier` is the usual way to one. */
export function audioClassifier(
  model: AnyModel,
  config: unknown,
  loaded: LoadedModel,
  options: AudioClassifierOptions = {},
): LocalClassifier {
  checkOptions('audioClassifier', options, classifierOptionKinds);
  checkModels([model]);
  checkMethod('the loaded model', loaded, 'run', 'what the `load` of a backend gives');
  const {
    problemType = model.problemType?.(config) ?? 'single_label_classification',
    formsOf,
    decoders,
  } = options;
  const frontEnd = model.frontEnd(config);
  const labels = model.labels?.(config) ?? [];
  const ownForm = { frontEnd, loaded };
  const declared = model.outputs(config);
  const hasHead = Object.hasOwn(declared, 'logits');
  const secondsPerStep = Object.hasOwn(declared, 'frameLogits')
    ? declared.frameLogits!.secondsPerStep
    : undefined;

  const logitsOf = async ({ loaded }: LoadedForm, inputs: Inputs, signal: AbortSignal | undefined) => {
    if (!hasHead) throw withoutHead();
    return (await loaded.run(inputs, { outputs: ['logits'], signal })).logits!;
  };

  const loadSound = (audio: AudioSource, options: AudioOptions, maxSamples?: number): Promise<Float32Array> =>
    loadAudio(audio, frontEnd.sampleRate, { ...options, decoders: options.decoders ?? decoders }, maxSamples);

  const loadClips = async (batch: readonly AudioSource[], options: AudioOptions): Promise<Float32Array[]> => {
    checkBatch(batch);
    return Promise.all(
      batch.map(async (audio) => {
        const samples = await loadSound(audio, options, frontEnd.maxSamples);
        checkLength(samples.length, frontEnd);
        return samples;
      }),
    );
  };

  const runClips = async (
    outputs: readonly string[],
    batch: readonly AudioSource[],
    options: AudioOptions,
  ): Promise<Record<string, Tensor<'float32'>>> => {
    if (!hasHead && Array.isArray(outputs) && outputs.includes('logits')) throw withoutHead();
    const clips = await loadClips(batch, options);
    const forms = formsOf?.(clips.map(({ length }) => length)) ?? clips.map(() => ownForm);
    return runInForms(clips, forms, { outputs, signal: options.signal });
  };

  const run = async (output: string, batch: readonly AudioSource[], options: AudioOptions) =>
    (await runClips([output], batch, options))[output]!;

  const rank = ({ shape, data }: Tensor<'float32'>, topK: number) => {
    if (shape[0] !== 1) {
      throw new AudiozooError({
        code: 'argument',
        what: 'labels are told for one clip at a time',
        expected: 'a batch of 1',
        got: `${shape[0]}`,
        hint: 'Use `logits` for several clips.',
      });
    }
    return rankLabels(scoresOf(data, problemType), labels, topK);
  };

  const classifyIn = async (form: LoadedForm, inputs: Inputs, options: RankOptions = {}) => {
    checkOptions('classifyInputs', options, rankOptionKinds);
    const { topK = 5, signal } = options;
    return rank(await logitsOf(form, inputs, signal), topK);
  };

  const logits: AudioClassifier['logits'] = async (batch, options = {}) => {
    checkOptions('logits', options, audioOptionKinds);
    return run('logits', batch, options);
  };
  const classify = classifyAnyLength(
    { frontEnd, problemType, labels, logits, decoders },
    async (audio, { topK, ...options }) => rank(await logits([audio], options), topK),
  );
  const { key } = frontEnd;
  const stages: ClassifierStages | undefined =
    key === undefined || formsOf
      ? undefined
      : {
          key,
          inputs: async (batch, options = {}) => frontEnd.inputs(await loadClips(batch, options)),
          logits: (inputs, signal) => logitsOf(ownForm, inputs, signal),
        };

  return {
    device: loaded.device,
    labels,
    problemType,
    frontEnd,
    decoders,
    stages,
    alongTime:
      secondsPerStep === undefined
        ? undefined
        : { secondsPerStep, logits: (batch, options = {}) => run('frameLogits', batch, options) },
    classify,
    classifyInputs: (inputs, options) => classifyIn(ownForm, inputs, options),
    logits,
    embed: embedAnyLength({ frontEnd, decoders }, async (audio, options) => {
      const { data } = await run('embedding', [audio], options);
      checkFiniteOutput(data);
      return data;
    }),
    async outputs(audio, names, options = {}) {
      checkOptions('outputs', options, audioOptionKinds);
      return runClips(names, [audio], options);
    },
    async features(audio, options = {}) {
      checkOptions('features', options, audioOptionKinds);
      return frontEnd.features(await loadSound(audio, options));
    },
    async stream(options) {
      checkStreamOptions(options);
      // A model of any length listens in windows such as it cuts long sound into.
      const form = formsOf?.([windowSamples(frontEnd)])[0] ?? ownForm;
      return classifierStream(form.frontEnd, (inputs, ranking) => classifyIn(form, inputs, ranking), options);
    },
    dispose: () => loaded.dispose(),
  };
}

/** A model that was saved without the layer that gives labels. */
function withoutHead(): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: 'this model has no head: it gives embeddings, and no labels',
    expected: 'a model with a classification head',
    hint: 'Use `embed`, `outputs` or `features`; or give it a head for labels of yours and train it.',
    details: { missing: 'head' },
  });
}

/** Throws an `argument` error unless there are clips. A path is a list as well, letter by letter. */
export function checkBatch(batch: readonly AudioSource[]): void {
  if (Array.isArray(batch) && batch.length > 0) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'there is no clip',
    expected: 'a list of at least one',
    got: describeValue(batch),
  });
}
