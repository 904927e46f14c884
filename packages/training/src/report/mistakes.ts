// Clips that are heard as what they are not, to listen to: some are hard, and some have the wrong label.

import type { TrainingClip } from '../fine-tune/clips/training-clip.js';
import type { FineTuned } from '../fine-tune/fine-tuned.js';

/** A class that the clip is not of is heard before one that it is of. */
export interface Mistake {
  readonly clip: TrainingClip;
  /** Of the classes that it is not of, the one with the highest score. */
  readonly heard: number;
  readonly heardScore: number;
  /** Of the classes that it is of, the one with the lowest. */
  readonly missed: number;
  readonly missedScore: number;
}

/** All mistakes, those first where the wrong class is the furthest before the right one. */
export function worstMistakes({ clips, judgement, labels }: FineTuned): Mistake[] {
  if (!judgement) return [];
  const mistakes: Mistake[] = [];
  clips.validation.forEach((clip, row) => {
    const scores = judgement.scores.data.subarray(row * labels.length, (row + 1) * labels.length);
    const others = [...labels.keys()].filter((label) => !clip.labels.includes(label));
    if (others.length === 0) return;
    const heard = others.reduce((a, b) => (scores[b]! > scores[a]! ? b : a));
    const missed = clip.labels.reduce((a, b) => (scores[b]! < scores[a]! ? b : a));
    const [heardScore, missedScore] = [scores[heard]!, scores[missed]!];
    // Of equal scores the first counts, as in figures.
    if (heardScore < missedScore || (heardScore === missedScore && missed < heard)) return;
    mistakes.push({ clip, heard, heardScore, missed, missedScore });
  });
  return mistakes.sort((a, b) => b.heardScore - b.missedScore - (a.heardScore - a.missedScore));
}
