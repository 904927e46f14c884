// A model for each fold, trained on the others; then one epoch for all of them, by the mean of their figures.

import { join } from 'node:path';
import { oneLine } from '@audiozoo/core/plugin';
import {
  type EpochRecord,
  type FineTuneOptions,
  summarizeTraining,
  type TrainingSummary,
} from '@audiozoo/training';
import { trainingFolder } from '@audiozoo/training/files';
import { percentage } from '../output/format.js';
import { writeOutput } from '../output/output-file.js';
import type { Session } from '../session/session.js';
import type { FoldOfClips } from './clips.js';
import { type OneTraining, trainOnce } from './train-once.js';

export interface CrossValidation {
  readonly trainable: string;
  readonly labels: readonly string[];
  /** The epoch that all models are of, counted from 1; null where each is the mean of epochs. */
  readonly chosen: number | null;
  /** Over the folds, each counting alike, with the models that were written. */
  readonly mean: Figures;
  readonly folds: readonly ({
    readonly fold: number;
    readonly model: string;
    readonly clips: number;
  } & Figures)[];
  /** The mean over the folds, epoch by epoch. */
  readonly epochs: readonly ({ readonly epoch: number } & Figures)[];
}

interface Figures {
  readonly loss: number;
  readonly accuracy: number;
  readonly mAP: number | null;
}

/** Trains what is not trained yet in `out`, and writes `cross-validation.json` there. */
export async function crossValidate(
  out: string,
  folds: readonly FoldOfClips[],
  options: Omit<OneTraining, 'out' | 'train'>,
  session: Session,
): Promise<CrossValidation> {
  const { recipe, trainable = 'head', signal } = options;
  const isAveraged = recipe.averagedEpochs !== undefined;
  const placeOf = (fold: number) => join(out, `fold-${fold}`);
  const optionsOf = ({ fold, train, validation }: FoldOfClips, choose: FineTuneOptions['choose']) => ({
    ...options,
    ...{ train, validation, choose, out: trainingFolder(placeOf(fold)) },
  });
  const nameOf = (fold: number) => `fold ${fold}, `;

  const records: (readonly EpochRecord[])[] = [];
  for (const each of folds) {
    const trained = await trainOnce(optionsOf(each, isAveraged ? 'best' : 'later'), session, {
      name: nameOf(each.fold),
      isDone: ({ result, epochs }) => (result ?? epochs) !== undefined,
    });
    records.push(
      'tuned' in trained ? trained.tuned.epochs : (trained.found.result?.epochs ?? trained.found.epochs!),
    );
  }
  const epochs = meanOfEpochs(records);
  const chosen = isAveraged ? null : bestEpoch(epochs, recipe.selection);

  const summaries: TrainingSummary[] = [];
  for (const each of folds) {
    const trained = await trainOnce(optionsOf(each, chosen ?? 'best'), session, {
      name: nameOf(each.fold),
      isDone: ({ result }) => result !== undefined,
    });
    summaries.push('tuned' in trained ? summarizeTraining(trained.tuned) : trained.found.result!);
  }
  const figures = summaries.map(({ validation }) => validation!);
  const result: CrossValidation = {
    ...{ trainable, labels: summaries[0]!.labels, chosen, mean: meanOf(figures) },
    folds: folds.map(({ fold }, place) => ({
      ...{ fold, model: placeOf(fold), clips: summaries[place]!.clips.validation },
      ...figures[place]!,
    })),
    epochs,
  };
  const json = Buffer.from(`${JSON.stringify(result, null, 2)}\n`);
  await writeOutput(join(out, 'cross-validation.json'), json, signal ?? session.signal);
  return result;
}

function meanOfEpochs(records: readonly (readonly EpochRecord[])[]): CrossValidation['epochs'] {
  const count = Math.min(...records.map(({ length }) => length));
  return Array.from({ length: count }, (_, at) => ({
    epoch: at + 1,
    ...meanOf(
      records.map((each) => {
        const { loss, accuracy, mAP } = each[at]!.validation!;
        return { loss, accuracy, mAP: mAP ?? null };
      }),
    ),
  }));
}

function meanOf(figures: readonly Figures[]): Figures {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const precisions = figures.flatMap(({ mAP }) => mAP ?? []);
  return {
    loss: mean(figures.map(({ loss }) => loss)),
    accuracy: mean(figures.map(({ accuracy }) => accuracy)),
    mAP: precisions.length > 0 ? mean(precisions) : null,
  };
}

/** The first of the best. */
function bestEpoch(epochs: CrossValidation['epochs'], by: 'accuracy' | 'mAP'): number {
  return epochs.reduce((best, each) => ((each[by] ?? 0) > (best[by] ?? 0) ? each : best)).epoch;
}

export function crossValidationText(out: string, { chosen, mean, folds, epochs }: CrossValidation): string {
  const line = ({ accuracy, mAP }: Figures) =>
    `accuracy ${percentage(accuracy)}${mAP === null ? '' : `, mAP ${mAP.toFixed(4)}`}`;
  return [
    ...folds.map(({ fold, clips, ...figures }) => `fold ${fold}: ${line(figures)}, by ${clips} clips`),
    `Mean of ${folds.length} folds: ${line(mean)}, ${
      chosen === null
        ? 'of averaged epochs'
        : `of epoch ${chosen} of ${epochs.length}, the best for all together`
    }`,
    `Wrote ${oneLine(out)}: a model for each fold, and cross-validation.json`,
  ].join('\n');
}
