// The state dict of an AST of transformers, saved without the folder that save_pretrained makes: a config.json has to
// be named beside it, since heads and strides are not in the shapes.

import {
  AudiozooError,
  type ForeignCheckpoint,
  type ForeignCheckpointOptions,
  type JsonObject,
  type Label,
  type Parameter,
  type TensorInfos,
} from '@audiozoo/core';
import {
  checkWeights,
  listParameters,
  preview,
  refuseSettings,
  unnamedLabel,
  withLabels,
} from '@audiozoo/core/plugin';
import {
  type AstConfig,
  baseArchitecture,
  classifierArchitecture,
  readConfig,
  writeConfig,
} from './config.js';
import { withIdentifiers } from './data-set.js';
import { parameters } from './model.js';
import { inferStatistics, noHead, toldIn } from './settings.js';

/** For their names; sizes do not matter. */
const anyParameters = /* @__PURE__ */ parameters(
  /* @__PURE__ */ readConfig({ num_hidden_layers: 1, num_labels: 1 }, {}),
);
const modelType = 'audio-spectrogram-transformer';

export const huggingFaceStateDict: ForeignCheckpoint = {
  recognize(tensors) {
    if (!looksLikeAst(tensors)) return undefined;
    const { classToken, positions } = anyParameters;
    const classes = classesOf(tensors);
    return {
      model: modelType,
      naming: 'Hugging Face',
      embedDim: find(classToken, tensors)?.shape[2] ?? 0,
      depth: depthOf(tensors),
      tokens: find(positions, tensors)?.shape[1] ?? 0,
      ...(classes > 0 && { classes }),
    } satisfies JsonObject;
  },

  plan(tensors, options) {
    const assumptions: string[] = [];
    const classes = classesOf(tensors);
    const { config, preprocessorConfig } = readFiles(classes, options, assumptions);
    const ours = readConfig(config, preprocessorConfig);
    checkDepth(ours, tensors);

    const expected = listParameters(parameters(ours));
    const sources = expected.map((each) => ({
      name: each.name,
      from: inFile(each, tensors),
      shape: each.shape,
    }));
    const used = new Set<string>(sources.map(({ from }) => from));
    checkWeights(expected, new Map([...tensors].filter(([name]) => used.has(name))));
    return { config, preprocessorConfig, tensors: sources, unused: [], assumptions };
  },
};

/** A vision transformer of transformers has the same names; its patches have three colors. */
function looksLikeAst(tensors: TensorInfos): boolean {
  const { classToken, distillationToken, positions, patchProjection, blocks } = anyParameters;
  const told = [classToken, distillationToken, positions, blocks[0]!.query.weight];
  const colors = find(patchProjection.weight, tensors)?.shape[1] ?? 1;
  return colors === 1 && told.filter((each) => find(each, tensors)).length >= 3;
}

function inFile({ name, aliases = [] }: Parameter, tensors: TensorInfos): string {
  return [name, ...aliases].find((each) => tensors.has(each)) ?? name;
}

function find(parameter: Parameter, tensors: TensorInfos) {
  return tensors.get(inFile(parameter, tensors));
}

/** 0 where there is no head; a head without its matrix lacks that, and is reported so. */
function classesOf(tensors: TensorInfos): number {
  const { head } = anyParameters;
  const hasHead = listParameters(head).some((each) => tensors.has(each.name));
  return hasHead ? Math.max(tensors.get(head!.linear.weight.name)?.shape[0] ?? 0, 1) : 0;
}

function depthOf(tensors: TensorInfos): number {
  const layers = [...tensors.keys()].map(
    (name) => /(?:^|\.)(?:encoder\.layer|layers)\.(\d{1,4})\./.exec(name)?.[1],
  );
  return layers.reduce((most, layer) => Math.max(most, Number(layer ?? -1) + 1), 0);
}

/** Further layers would be passed over without a word. */
function checkDepth({ depth }: AstConfig, tensors: TensorInfos): void {
  const inTensors = depthOf(tensors);
  if (inTensors === depth) return;
  throw new AudiozooError({
    code: 'weights',
    what: 'the config.json is not of these weights: they have another number of layers',
    expected: `num_hidden_layers ${inTensors}`,
    got: `${depth}`,
  });
}

/** config.json and preprocessor_config.json, as they are to be written. */
function readFiles(classes: number, options: ForeignCheckpointOptions, assumptions: string[]) {
  const { config: given, preprocessorConfig: givenExtractor } = options;
  if (!given) {
    throw new AudiozooError({
      code: 'argument',
      what: "a Hugging Face AST's weights alone do not say its heads, strides and labels",
      expected: 'its config.json',
      hint: 'Name it with `config`, or convert the folder that holds both.',
      option: 'config',
    });
  }
  checkType(given);
  refuseTold(options);
  const labels = labelsOf(classes, given, options, assumptions);
  const config: JsonObject = {
    ...(classes > 0 ? withLabels(given, labels) : given),
    model_type: modelType,
    architectures: [classes > 0 ? classifierArchitecture : baseArchitecture],
    ...(options.problemType && { problem_type: options.problemType }),
  };
  if (classes === 0) assumptions.push(noHead);
  if (givenExtractor) return { config, preprocessorConfig: givenExtractor };

  const statistics = inferStatistics(classes, toldIn(options), assumptions);
  const { preprocessorConfig } = writeConfig({ ...readConfig(config, sizesOf(given)), ...statistics });
  return { config, preprocessorConfig };
}

function checkType({ model_type }: JsonObject): void {
  if ((model_type ?? modelType) === modelType) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the config.json is of another model than the weights',
    option: 'config',
    expected: `model_type ${JSON.stringify(modelType)}`,
    got: preview(model_type),
  });
}

/** What a preprocessor_config.json has from the config.json. */
function sizesOf({ max_length, num_mel_bins }: JsonObject): JsonObject {
  return { max_length, num_mel_bins };
}

function refuseTold(options: ForeignCheckpointOptions): void {
  const { mean: _, std: __, ...others } = toldIn(options);
  refuseSettings(
    options.preprocessorConfig ? toldIn(options) : others,
    'what the files do not say: labels, and without a preprocessor_config.json mean and std',
    'config.json and preprocessor_config.json say it: change it there.',
  );
}

function labelsOf(
  classes: number,
  given: JsonObject,
  { labels: told }: ForeignCheckpointOptions,
  assumptions: string[],
): readonly Label[] {
  if (classes === 0 && !told) return [];
  const { id2label, num_labels } = given;
  const isTold = told !== undefined || (id2label ?? num_labels ?? undefined) !== undefined;
  if (!isTold) {
    assumptions.push(`Labels: LABEL_0 to LABEL_${classes - 1}, since config.json names none.`);
    return Array.from({ length: classes }, (_, index) => unnamedLabel(index));
  }
  const labels =
    told ??
    withIdentifiers(readConfig({ ...given, architectures: [classifierArchitecture] }, sizesOf(given)).labels);
  if (labels.length === classes) return labels;
  throw new AudiozooError({
    code: 'argument',
    what: told
      ? 'the labels do not fit the checkpoint'
      : 'the labels in config.json do not fit the checkpoint',
    expected: classes === 0 ? 'none: it has no head' : `${classes} labels, as its head has classes`,
    got: `${labels.length}`,
    hint: 'Pass those that the model was trained with as `labels`.',
    option: 'labels',
  });
}
