// Checkpoints of the authors' code. Width, head and classes are read off the shapes; the rest is told, named by the file,
// or as usual.

import {
  AudiozooError,
  type ConversionOptions,
  type ForeignCheckpoint,
  type JsonObject,
  type Label,
  type ProblemType,
  type Settings,
  type SettingValues,
  type TensorInfos,
} from '@audiozoo/core';
import { audiosetLabels, audiosetStrongLabels, esc50Labels } from '@audiozoo/core/labels';
import {
  checkLabels,
  inferLabels,
  type LabelList,
  planRenamed,
  refuseSettings,
  unfitSetting,
} from '@audiozoo/core/plugin';
import { architecture } from './architecture.js';
import {
  type EfficientatConfig,
  largest,
  mostFrameBins,
  readConfig,
  usualFrames,
  usualFrontEnd,
  usualStrides,
  type Variant,
  writeConfig,
} from './config.js';
import { ignored, parameters } from './model.js';
import { readPublishedName } from './published-name.js';
import { readStrides, stridesSetting } from './strides.js';

const settings = {
  hopLength: { kind: 'count', help: 'samples from frame to frame; usually 320, 160 of frame_mn' },
  melBins: { kind: 'count', help: 'mel bands; usually 128' },
  strides: stridesSetting,
} as const satisfies Settings;

export const foreignCheckpoint: ForeignCheckpoint = {
  settings,

  recognize(tensors) {
    const found = findNetwork(tensors);
    if (!found) return undefined;
    const { variant, head, classes, naming } = found;
    return {
      model: 'efficientat',
      naming,
      variant,
      head,
      classes,
      width: inferWidth(found),
    } satisfies JsonObject;
  },

  plan(tensors, options, fileName = '') {
    const found = findNetwork(tensors)!;
    refuseSequenceModel(tensors);
    const assumptions: string[] = [];
    const config = options.config
      ? withTold(readConfig(options.config, options.preprocessorConfig), options)
      : inferConfig(found, options, fileName, assumptions);
    const planned = planRenamed(parameters(config), tensors, {
      inFile: (name) => (name.startsWith('features.') ? `${found.prefix}${name}` : name),
      ignored,
    });
    return { ...planned, ...writeConfig(config), assumptions };
  },
};

interface Network {
  readonly variant: Variant;
  readonly head: EfficientatConfig['head'];
  readonly weakHead: boolean;
  readonly classes: number;
  readonly naming: string;
  /** Before the names of the layers. */
  readonly prefix: string;
  readonly size: (name: string, axis: number) => number;
}

const framePrefixes = ['model.frame_mn.', 'model.fmn.'];

/** The first convolution and a head, where they stand in one of the namings. */
function findNetwork(tensors: TensorInfos): Network | undefined {
  const size = (name: string, axis: number) => tensors.get(name)?.shape[axis] ?? 0;
  const found = ['', ...framePrefixes].find((prefix) => {
    const stem = tensors.get(`${prefix}features.0.0.weight`)?.shape;
    return stem?.length === 4 && stem[1] === 1 && tensors.has(`${prefix}features.16.0.weight`);
  });
  if (found === undefined) return undefined;
  const common = { prefix: found, size, weakHead: tensors.has('weak_head.weight') };
  if (found !== '') {
    const classes = size('strong_head.weight', 0);
    const naming = found.slice(0, -1);
    return classes > 0 ? { ...common, variant: 'frame_mn', head: 'frames', classes, naming } : undefined;
  }
  const mn = { ...common, variant: 'mn', weakHead: false, naming: 'EfficientAT' } as const;
  const [mlp, convolution] = [size('classifier.5.weight', 0), size('classifier.0.weight', 0)];
  if (mlp > 0) return { ...mn, head: 'mlp', classes: mlp };
  return convolution > 0 ? { ...mn, head: 'fully_convolutional', classes: convolution } : undefined;
}

/** Layers between the network and its heads, of which there is no reader here. */
function refuseSequenceModel(tensors: TensorInfos): void {
  const name = [...tensors.keys()].find((name) => name.startsWith('seq_model.'));
  if (name === undefined) return;
  throw new AudiozooError({
    code: 'checkpoint',
    what: 'the checkpoint has a sequence model (seq_model) behind the network, which efficientat does not run',
    expected: 'heads right behind the network',
    got: `"${name}"`,
    hint: 'Take the checkpoint that was published without one.',
  });
}

/** The roundest width that gives the sizes that the tensors have; where none does, the nearest: the shapes will tell. */
function inferWidth({ prefix, size, head }: Network): number {
  const channels = (layer: string) => size(`${prefix}features.${layer}.weight`, 0);
  const expanded = Array.from({ length: 15 }, (_, index) => channels(`${index + 1}.block.0.0`));
  const hidden = head === 'mlp' ? size('classifier.2.weight', 0) : undefined;
  const [stem, last] = [channels('0.0'), channels('16.0')];
  const fits = (width: number) => {
    const sizes = architecture({ width, strides: undefined });
    return (
      sizes.last === last &&
      sizes.stem === stem &&
      (hidden === undefined || sizes.hidden === hidden) &&
      sizes.blocks.every((block, index) => block.expanded === expanded[index])
    );
  };
  const middle = last / 960; // channels are rounded to eights: 0.05 around it of 160
  for (const parts of [10, 100, 1000]) {
    const first = Math.max(1, Math.floor((middle - 0.1) * parts));
    for (let part = first; part <= Math.min(largest.width, middle + 0.1) * parts; part++) {
      if (fits(part / parts)) return part / parts;
    }
  }
  return Math.min(largest.width, Math.max(0.01, middle));
}

/** What the shapes do not say is told, said by the file's name, or as usual, and written down. */
function inferConfig(
  found: Network,
  options: ConversionOptions,
  fileName: string,
  assumptions: string[],
): EfficientatConfig {
  const { variant, head, weakHead, classes } = found;
  const isFrames = variant === 'frame_mn';
  const { settings: told = {} } = options;
  const usual = usualFrontEnd(variant);
  const named = isFrames ? {} : readPublishedName(fileName);
  const given: SettingValues = { ...named, ...told };
  const choose = <Value>(name: keyof typeof settings, said: Value | undefined, usual: Value): Value => {
    const why = said === undefined ? 'as usual: the file does not tell' : "as the file's name says";
    if (told[name] === undefined) assumptions.push(`${name} ${said ?? usual}, ${why}.`);
    return said ?? usual;
  };
  const hopLength = choose('hopLength', count(given, 'hopLength', largest.fftLength), usual.hopLength);
  const most = isFrames ? mostFrameBins : largest.melBins;
  const melBins = choose('melBins', count(given, 'melBins', most), usual.melBins);
  const strides = isFrames ? refuseStrides(told) : choose('strides', readStrides(given), usualStrides);
  if (isFrames && !weakHead) {
    assumptions.push('The checkpoint has no head for clips: their logits are the means of those along time.');
  }
  const labels = inferLabels(classes, options.labels, labelLists, assumptions);
  return {
    ...usual,
    ...{ variant, head, weakHead, hopLength, melBins, strides, labels },
    width: inferWidth(found),
    frames: usualFrames({ ...usual, hopLength }),
    problemType: inferProblemType(labels, options, assumptions),
  };
}

function count(told: SettingValues, name: keyof typeof settings, most: number): number | undefined {
  const value = told[name];
  if (value === undefined) return undefined;
  if (Number(value) >= 1 && Number(value) <= most) return Number(value);
  throw unfitSetting(name, `1 to ${most}`, `${value}`);
}

function refuseStrides({ strides }: SettingValues): undefined {
  if (strides === undefined) return undefined;
  throw unfitSetting('strides', 'none: those of frame_mn are given', `${strides}`);
}

const labelLists: readonly LabelList[] = [
  { name: 'AudioSet', labels: audiosetLabels },
  { name: 'AudioSet-Strong', labels: audiosetStrongLabels },
  { name: 'ESC-50', labels: esc50Labels },
];

function inferProblemType(
  labels: readonly Label[],
  { problemType }: ConversionOptions,
  assumptions: string[],
): ProblemType {
  if (problemType) return problemType;
  const isOneOfMany = labels === esc50Labels;
  const type = isOneOfMany ? 'single_label_classification' : 'multi_label_classification';
  assumptions.push(
    isOneOfMany
      ? `${type}: clips of ESC-50 have one label.`
      : `${type}: each class has a probability of its own.`,
  );
  return type;
}

/** A config.json says it all, but for what a person says of the classes. */
function withTold(config: EfficientatConfig, options: ConversionOptions): EfficientatConfig {
  refuseSettings(options.settings);
  const { labels = config.labels, problemType = config.problemType } = options;
  checkLabels(options.labels, config.labels.length);
  return { ...config, labels, problemType };
}
