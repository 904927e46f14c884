// Which model a checkpoint is of, and which of several sets of weights is meant.

import { type AnyModel, AudiozooError } from '@audiozoo/core';
import { quote, quoteList } from '../refusal.js';
import type { CheckpointTensor } from './checkpoint.js';
import { findWeightSets, type Recognizer, stripWrappers, type WeightSet } from './weight-sets.js';

export interface Recognized<As extends Recognizer = Recognizer> extends WeightSet<As> {
  /** Keys of the other sets. */
  readonly otherKeys: readonly string[];
}

export interface RecognizeOptions<As extends Recognizer> {
  /** The key that the weights lie under, as a person says it. */
  readonly key?: string | undefined;
  /** Throws a `weights` error when a set's tensors do not fit the model. */
  readonly check: (set: WeightSet<As>) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The set of weights to take: the one that there is, that the key says, or that fits. Averages are taken only when
 * they are asked for, or all there is. Undefined when no model knows anything in the file; throws an `argument` error
 * that lists the keys where several are left.
 */
export async function recognize<As extends Recognizer>(
  fileName: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  models: readonly AnyModel[],
  recognizerOf: (model: AnyModel) => As | undefined,
  options: RecognizeOptions<As>,
): Promise<Recognized<As> | undefined> {
  const sets = await findWeightSets(fileName, tensors, models, recognizerOf, options.signal);
  if (sets.length === 0) return undefined;
  const [chosen, ...others] = chooseWeightSets(fileName, sets, options);
  if (others.length > 0) throw severalFit(fileName, [chosen!, ...others]);
  return { ...chosen!, otherKeys: sets.filter((set) => set !== chosen).map(({ key }) => key) };
}

/** What is left of sets by the rules of `recognize`: one, or several that nothing tells apart. */
export function chooseWeightSets<As extends Recognizer>(
  fileName: string,
  sets: readonly WeightSet<As>[],
  { key, check }: RecognizeOptions<As>,
): readonly WeightSet<As>[] {
  const told = key === undefined ? sets : underKey(sets, key);
  if (told.length === 0) throw noSuchKey(fileName, sets, key!);
  const fitting = told.length === 1 ? told : told.filter((set) => fits(set, check));
  const isTrained = (set: WeightSet) => !isAverage(set.key);
  const trained = fitting.filter(isTrained);
  if (trained.length === 1) return trained;
  if (fitting.length > 0) return fitting;
  return [told.find(isTrained) ?? told[0]!]; // which says what is wrong with it
}

/** The set of exactly this key, else those below it. */
function underKey<As extends Recognizer>(sets: readonly WeightSet<As>[], key: string) {
  const where = (fits: (key: string) => boolean) =>
    sets.filter((set) => [set.key, ...set.aliases].some((each) => fits(each)));
  const same = (asked: string) => where((each) => each === asked);
  const below = (asked: string) => where((each) => asked !== '' && each.startsWith(`${asked}.`));
  const bare = stripWrappers(`${key}.x`).slice(0, -2); // `module` in a file is not in the set's key
  return [same(key), below(key), same(bare), below(bare)].find(({ length }) => length > 0) ?? [];
}

function fits<As extends Recognizer>(set: WeightSet<As>, check: (set: WeightSet<As>) => void): boolean {
  try {
    check(set);
    return true;
  } catch (error) {
    if (AudiozooError.isInstance(error, 'weights')) return false;
    if (AudiozooError.isInstance(error, 'argument')) return true; // whichever is taken will say what it needs
    throw error;
  }
}

/** Exponential moving averages and their kin, which are trained beside the weights. */
function isAverage(key: string): boolean {
  const words = key.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  return words.some((word) => /^(ema|averag(e|ed|es|ing)|avg|swa|shadow|polyak)$/i.test(word));
}

function severalFit(fileName: string, sets: readonly WeightSet[]): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `${fileName} holds several sets of weights that fit`,
    expected: 'a choice of one',
    got: `keys ${quoteList(sets.map(({ key }) => key))}`,
    hint: 'Say which with `key`.',
    option: 'key',
    details: { keys: sets.map(({ key }) => key) },
  });
}

function noSuchKey(fileName: string, sets: readonly WeightSet[], key: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `${fileName} holds no weights of a known model under the key ${quote(key)}`,
    expected: quoteList(sets.map((set) => set.key)),
    hint: 'Say one of these with `key`, or nothing.',
    option: 'key',
    details: { keys: sets.map((set) => set.key) },
  });
}
