// Several models that answer along time as one: the mean of their probabilities at each step.

import { AudiozooError, type Tensor, tensor } from '@audiozoo/core';
import { checkOptions } from '@audiozoo/core/plugin';
import { type AudioOptions, type AudioSource, audioOptionKinds } from '@audiozoo/features';
import type { SoundDecoder } from '@audiozoo/features/audio';
import { readInput } from '../sound/load-audio.js';
import { checkBatch } from './audio-classifier.js';
import { averageScores } from './average-scores.js';
import type { AnswersAlongTime, AudioClassifier } from './classifier.js';
import { logitsOf, probabilitiesOf } from './probabilities.js';

interface Weighted {
  readonly member: Pick<AudioClassifier, 'alongTime' | 'problemType'>;
  readonly weight: number;
}

/**
 * What the members, of whom there is one at least, tell along time together; `undefined` where none of them does. Where
 * some do not, or in steps of another length, asking it rejects with an `argument` error: there is no mean.
 */
export function ensembleAlongTime(
  members: readonly Weighted[],
  decoders: readonly SoundDecoder[] | undefined,
): AnswersAlongTime | undefined {
  const counted = members.filter(({ weight }) => weight > 0);
  const secondsPerStep = counted.flatMap(({ member: { alongTime } }) => alongTime?.secondsPerStep ?? [])[0];
  if (secondsPerStep === undefined) return undefined;
  const other = members.findIndex(
    ({ member, weight }) => weight > 0 && member.alongTime?.secondsPerStep !== secondsPerStep,
  );
  const { problemType } = counted[0]!.member;
  return {
    secondsPerStep,
    async logits(batch: readonly AudioSource[], options: AudioOptions = {}) {
      checkOptions('logits', options, audioOptionKinds);
      checkBatch(batch);
      if (other !== -1)
        throw outOfStep(other, members[other]!.member.alongTime?.secondsPerStep, secondsPerStep);
      const reading = { ...options, decoders: options.decoders ?? decoders };
      const sounds = await Promise.all(batch.map((audio) => readInput(audio, reading)));
      const { kernel, signal } = options;
      const answers: Tensor<'float32'>[] = [];
      for (const { member } of counted) {
        answers.push(await member.alongTime!.logits(sounds, { kernel, signal }));
      }
      // Where rates differ, so may what is left of the last step.
      const steps = Math.min(...answers.map(({ shape }) => shape[1]!));
      const labels = answers[0]!.shape[2]!;
      const scores = averageScores(
        answers.map((answer) => probabilitiesOf(firstSteps(answer, steps), problemType)),
        counted.map(({ weight }) => weight),
      );
      return tensor('float32', [batch.length, steps, labels], logitsOf(scores, problemType)); // [clips, steps, labels]
    },
  };
}

/** [clips, steps, labels], no more steps than these. */
function firstSteps({ data, shape }: Tensor<'float32'>, steps: number): Tensor<'float32'> {
  const [clips, all, labels] = shape as readonly [number, number, number];
  if (all === steps) return tensor('float32', shape, data);
  const kept = new Float32Array(clips * steps * labels);
  for (let clip = 0; clip < clips; clip++) {
    const first = clip * all * labels;
    kept.set(data.subarray(first, first + steps * labels), clip * steps * labels);
  }
  return tensor('float32', [clips, steps, labels], kept);
}

function outOfStep(place: number, got: number | undefined, expected: number): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `model ${place + 1} of the ensemble does not answer along time as others do`,
    expected: `an answer every ${expected} seconds`,
    got: got === undefined ? 'one for each clip' : `one every ${got} seconds`,
    hint: 'Ask it by itself, or the ensemble window by window: `classifyWindows`.',
  });
}
