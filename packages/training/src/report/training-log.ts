// What is known of each epoch, a line of JSON each: `log.jsonl`.

import type { EpochRecord } from '../fine-tune/epochs.js';

/** JSON lines, from the first epoch on. What is not known is left out, and what is not finite is null. */
export function trainingLog(records: readonly EpochRecord[]): string {
  return records
    .map(({ epoch, learningRate, loss, validation }) => {
      const { loss: validationLoss, accuracy, mAP } = validation ?? {};
      return `${JSON.stringify({ epoch, learningRate, loss, validationLoss, accuracy, mAP })}\n`;
    })
    .join('');
}
