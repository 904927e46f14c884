// What came of a training, for people.

import { listNames, oneLine } from '@audiozoo/core/plugin';
import type { TrainingSummary } from '@audiozoo/training';
import { formatCount, percentage } from '../output/format.js';

export function trainingText(out: string, summary: TrainingSummary): string {
  const { trainable, trainedCount, clips, labels, epochs, chosen, validation } = summary;
  const { statistics, cut, bad, assumptions } = summary;
  const count = `${clips.training} clips of ${labels.length} classes`;
  const last = epochs.at(-1);
  const whose = Array.isArray(chosen)
    ? `Averaged epochs ${chosen[0]} to ${chosen[1]}`
    : `Epoch ${chosen} of ${epochs.length}`;
  const figures = validation
    ? `accuracy ${percentage(validation.accuracy)}${validation.mAP === null ? '' : `, mAP ${validation.mAP.toFixed(4)}`}, loss ${validation.loss.toFixed(4)}, by ${clips.validation} clips that were not trained on`
    : `loss ${last?.loss.toFixed(4)} on the clips that were trained on: none were kept back to judge by`;
  return [
    `Trained ${trainable}, ${formatCount(trainedCount)} numbers, on ${count}`,
    `${whose}: ${figures}`,
    ...(statistics ? [`Features: mean ${statistics.mean}, deviation ${statistics.std}, of these clips`] : []),
    ...(assumptions.length > 0 ? ['Assumed:', ...assumptions.map((each) => `  ${oneLine(each)}`)] : []),
    ...(cut > 0
      ? [`Of ${formatCount(cut)} clips only the beginning was heard: the model hears no more`]
      : []),
    ...(bad.length > 0 ? [`Left out, cannot be heard: ${listNames(bad.map(({ file }) => file))}`] : []),
    `Wrote ${oneLine(out)}`,
  ].join('\n');
}
