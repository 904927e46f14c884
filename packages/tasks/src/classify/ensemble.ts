// Several models as one: the mean of their probabilities, as the official AST code's ensemble.py has it.

import { AudiozooError, type ClipBounds, tensor } from '@audiozoo/core';
import { checkOptions, describeValue, type OptionKinds } from '@audiozoo/core/plugin';
import { type AudioOptions, type AudioSource, audioOptionKinds } from '@audiozoo/features';
import { readInput } from '../sound/load-audio.js';
import { checkBatch } from './audio-classifier.js';
import { averageScores, checkMemberWeights } from './average-scores.js';
import {
  type AudioClassifier,
  type ClassifierStages,
  type ClassifierStream,
  checkClassifier,
  checkStreamOptions,
  type Inputs,
  type LocalClassifier,
  type StreamOptions,
} from './classifier.js';
import { classifierStream } from './classifier-stream.js';
import { classifyAnyLength } from './classify.js';
import { type RankOptions, rankOptionKinds } from './classify-options.js';
import { ensembleAlongTime } from './ensemble-along-time.js';
import { logitsOf, probabilitiesOf } from './probabilities.js';
import { rankLabels, type ScoredLabel, scoresOf } from './scores.js';

/** What several models can be asked together: all but what each has of its own. */
export type Ensemble = Omit<AudioClassifier, 'embed' | 'features' | 'classifyInputs'>;

export interface EnsembleOptions {
  /** How much each model counts, relatively: all the same when absent. Models that count 0 are not run. */
  readonly weights?: readonly number[] | undefined;
}

const ensembleOptionKinds = { weights: 'list' } as const satisfies OptionKinds<EnsembleOptions>;

/** A model, or several that make the same inputs, which are then made once. */
interface Part {
  readonly weight: number;
  /** [clips · labels] */
  probabilities(batch: readonly AudioSource[], options: AudioOptions): Promise<Float64Array>;
  stream(options: StreamOptions): Promise<ClassifierStream>;
}

/**
 * Classifiers as one, whose scores are the weighted mean of theirs. They may differ in kind, size and place
 * (workers too), not in labels. It hears clips that all of them can hear whole: the shortest window of them is
 * its own. `logits` are those that give the mean scores; a stream's features are the first model's. Along time it answers
 * if all do, in the same steps.
 * Disposing it disposes them. Throws `argument` errors when they do not go together.
 */
export function ensemble(members: readonly Ensemble[], options: EnsembleOptions = {}): Ensemble {
  checkOptions('ensemble', options, ensembleOptionKinds);
  const first = checkMembers(members);
  const { weights = members.map(() => 1) } = options;
  checkMemberWeights(weights, members.length);
  const { labels, problemType } = first;
  const weighted = members.map((member, index) => ({ member, weight: weights[index]! }));
  const parts = partsOf(weighted);
  const partWeights = parts.map(({ weight }) => weight);
  const frontEnd = commonBounds(members.map((member) => member.frontEnd));
  const { decoders } = members.find((member) => member.decoders) ?? {};

  const logits: Ensemble['logits'] = async (batch, options = {}) => {
    checkOptions('logits', options, audioOptionKinds);
    checkBatch(batch);
    const reading = { ...options, decoders: options.decoders ?? decoders };
    const sounds = await Promise.all(batch.map((audio) => readInput(audio, reading)));
    const { kernel, signal } = options;
    const probabilities: Float64Array[] = [];
    for (const part of parts) probabilities.push(await part.probabilities(sounds, { kernel, signal }));
    const data = logitsOf(averageScores(probabilities, partWeights), problemType);
    return tensor('float32', [batch.length, labels.length], data); // [clips, labels]
  };

  return {
    device: members.map(({ device }) => device).join(' + '),
    labels,
    problemType,
    frontEnd,
    decoders,
    logits,
    alongTime: ensembleAlongTime(weighted, decoders),
    classify: classifyAnyLength(
      { frontEnd, problemType, labels, logits, decoders },
      async (audio, { topK, ...options }) =>
        rankLabels(scoresOf((await logits([audio], options)).data, problemType), labels, topK),
    ),
    async stream(options) {
      checkStreamOptions(options);
      return streamOf(parts, labels, options);
    },
    async dispose() {
      for (const member of members) await member.dispose();
    },
  };
}

type Weighted<Member> = { readonly member: Member; readonly weight: number };

function partsOf(members: readonly Weighted<Ensemble>[]): Part[] {
  const groups = new Map<unknown, Weighted<Ensemble>[]>();
  for (const weighted of members) {
    if (weighted.weight === 0) continue;
    const key = stagesOf(weighted.member)?.key ?? weighted;
    groups.set(key, [...(groups.get(key) ?? []), weighted]);
  }
  return [...groups.values()].map((group) =>
    group.length === 1 ? single(group[0]!) : shared(group as Weighted<LocalClassifier>[]),
  );
}

function stagesOf(member: Ensemble): ClassifierStages | undefined {
  return (member as Partial<LocalClassifier>).stages;
}

function single({ member, weight }: Weighted<Ensemble>): Part {
  return {
    weight,
    probabilities: async (batch, options) =>
      probabilitiesOf(await member.logits(batch, options), member.problemType),
    stream: (options) => member.stream(options),
  };
}

function shared(group: readonly Weighted<LocalClassifier>[]): Part {
  const [{ member: first }] = group as readonly [Weighted<LocalClassifier>];
  const weights = group.map(({ weight }) => weight);
  const ofInputs = async (inputs: Inputs, signal: AbortSignal | undefined): Promise<Float64Array> => {
    const probabilities: Float64Array[] = [];
    for (const { member } of group) {
      probabilities.push(probabilitiesOf(await member.stages!.logits(inputs, signal), member.problemType));
    }
    return averageScores(probabilities, weights);
  };
  const classifyInputs = async (inputs: Inputs, { topK = 5, signal }: RankOptions = {}) =>
    rankLabels(await ofInputs(inputs, signal), first.labels, topK);
  return {
    weight: weights.reduce((a, b) => a + b),
    probabilities: async (batch, options) =>
      ofInputs(await first.stages!.inputs(batch, options), options.signal),
    stream: async (options) => classifierStream(first.frontEnd, classifyInputs, options),
  };
}

async function streamOf(
  parts: readonly Part[],
  labels: Ensemble['labels'],
  options: StreamOptions,
): Promise<ClassifierStream> {
  const streams: ClassifierStream[] = [];
  const close = async () => {
    for (const stream of streams) await stream.close();
  };
  try {
    for (const part of parts) streams.push(await part.stream(options));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async push(samples) {
      const features = await Promise.all(streams.map((stream) => stream.push(samples)));
      return features[0]!;
    },
    async classify(options = {}) {
      checkOptions('classify', options, rankOptionKinds);
      const { topK = 5, signal } = options;
      const heard = await Promise.all(
        streams.map((stream) => stream.classify({ topK: labels.length, signal })),
      );
      const scores = averageScores(
        heard.map(({ labels: ranked }) => byLabel(ranked)),
        parts.map(({ weight }) => weight),
      );
      return { labels: rankLabels(scores, labels, topK), time: heard[0]!.time };
    },
    close,
  };
}

/** Scores of all labels, in the labels' order again. */
function byLabel(ranked: readonly ScoredLabel[]): Float64Array {
  const scores = new Float64Array(ranked.length);
  for (const { index, score } of ranked) scores[index] = score;
  return scores;
}

/** The clips that all can hear, at the highest of their rates, so that none hears less than it could. */
function commonBounds(bounds: readonly ClipBounds[]): ClipBounds {
  const sampleRate = Math.max(...bounds.map((bound) => bound.sampleRate));
  // Resampling rounds up, so there a clip must be a sample shorter to be sure to fit.
  const longest = bounds.map(({ sampleRate: rate, maxSamples }) =>
    rate === sampleRate ? maxSamples : Math.floor(((maxSamples - 1) * sampleRate) / rate),
  );
  const shortest = bounds.map(({ sampleRate: rate, minSamples }) =>
    Math.ceil((minSamples * sampleRate) / rate),
  );
  return { sampleRate, minSamples: Math.max(...shortest), maxSamples: Math.min(...longest) };
}

/** Throws an `argument` error unless the scores of all can be averaged. Returns the first. */
function checkMembers(members: readonly Ensemble[]): Ensemble {
  const [first, ...others] = Array.isArray(members) ? (members as readonly Ensemble[]) : [];
  if (!first) {
    throw new AudiozooError({
      code: 'argument',
      what: 'an ensemble needs models',
      expected: 'a list of at least one',
      got: describeValue(members),
    });
  }
  for (const member of members) checkClassifier(member, 'logits');
  others.forEach((other, index) => {
    const which = `model ${index + 2} of the ensemble`;
    if (other.labels.length !== first.labels.length || other.problemType !== first.problemType) {
      throw new AudiozooError({
        code: 'argument',
        what: `${which} does not go with the first`,
        expected: `${first.labels.length} labels, ${first.problemType}`,
        got: `${other.labels.length}, ${other.problemType}`,
      });
    }
    const place = first.labels.findIndex(({ name }, label) => name !== other.labels[label]!.name);
    if (place === -1) return;
    throw new AudiozooError({
      code: 'argument',
      what: `${which} calls label ${place} something else than the first`,
      expected: JSON.stringify(first.labels[place]!.name),
      got: JSON.stringify(other.labels[place]!.name),
      hint: 'Models of an ensemble need the same labels in the same order.',
    });
  });
  return first;
}
