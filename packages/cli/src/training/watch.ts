// How far a training is: a bar where a person watches, else a line for each epoch.

import type { EpochRecord, StepRecord, TrainingProgress } from '@audiozoo/training';
import { formatDuration } from '../output/duration.js';
import { percentage } from '../output/format.js';
import { createProgressNotes } from '../session/progress.js';
import type { Session } from '../session/session.js';

export interface TrainingWatch {
  onProgress(progress: TrainingProgress): void;
  /** The step that was made last; undefined before the first. */
  step(): StepRecord | undefined;
  /** Takes the bar away. */
  stop(): void;
}

const units = { survey: 'clips looked at', embedding: 'clips heard', judging: 'clips judged' } as const;

interface WatchOptions {
  /** All that the training has. */
  readonly epochs: number;
  /** Said before what is said of epochs: of which of several trainings they are. */
  readonly name?: string | undefined;
}

export async function watchTraining(
  session: Session,
  { epochs, name = '' }: WatchOptions,
): Promise<TrainingWatch> {
  const bar = await session.progress();
  const notes = createProgressNotes(session.note);
  let phase: string | undefined;
  let first: { readonly at: number; readonly done: number } | undefined;
  let clips = 0;
  let last: StepRecord | undefined;
  let epoch: EpochRecord | undefined;
  const stop = () => {
    bar?.stop();
    phase = undefined;
  };
  const done = ({ epoch: number, step, steps }: StepRecord) => (number - 1) * steps + step;
  /** Seconds since the first step of this run, and steps. */
  const since = () => ({ seconds: (performance.now() - first!.at) / 1000, steps: done(last!) - first!.done });
  const speed = () => {
    const { seconds } = since();
    return seconds > 0 && clips > 0 ? `, ${formatNumber(clips / seconds)} clips/s` : '';
  };
  const bars = (title: string, of: { done: number; total: number }, unit: string, more = '') => {
    if (phase !== title) stop();
    phase = title;
    (bar ?? notes).update({ ...of, unit }, more);
  };

  return {
    step: () => last,
    stop,
    onProgress(progress) {
      switch (progress.phase) {
        case 'resumed': {
          stop();
          if (progress.epoch === epochs) return; // only to be written
          const steps = progress.step > 0 ? `, step ${progress.step}` : '';
          session.note(`${name}going on after epoch ${progress.epoch}${steps}`);
          return;
        }
        case 'training': {
          last = progress;
          // Its own time tells nothing: the first step comes after all that is prepared.
          if (!first) first = { at: performance.now(), done: done(progress) };
          else clips += progress.clips;
          if (!bar) return;
          const { steps, loss, learningRate } = progress;
          const judged = epoch?.validation ? `, accuracy ${percentage(epoch.validation.accuracy)}` : '';
          bars(
            'training',
            { done: done(progress), total: epochs * steps },
            'steps',
            `, ${name}epoch ${progress.epoch}/${epochs}, loss ${loss.toFixed(4)}, rate ${formatRate(learningRate)}${judged}${speed()}`,
          );
          return;
        }
        case 'epoch': {
          epoch = progress.record;
          if (bar || !last) return;
          const { seconds, steps } = since();
          const rest = epochs * last.steps - done(last);
          const left = rest > 0 && steps > 0 ? `, ${formatDuration((seconds / steps) * rest)} left` : '';
          session.note(`${name}${describeEpoch(epoch, epochs)}${speed()}${left}`);
          return;
        }
        default: {
          const { phase: kind, done: count, total } = progress;
          // Between two epochs the bar of all of them stays.
          if (kind === 'judging' && phase === 'training') return;
          bars(kind, { done: count, total }, `${name}${units[kind]}`);
          if (count === total) stop();
        }
      }
    },
  };
}

/** `epoch 3/20: loss 0.4123, rate 1.8e-5, accuracy 92.5 %` */
function describeEpoch({ epoch, loss, learningRate, validation }: EpochRecord, epochs: number): string {
  const judged = validation
    ? [
        `validation loss ${validation.loss.toFixed(4)}`,
        `accuracy ${percentage(validation.accuracy)}`,
        ...(validation.mAP === undefined ? [] : [`mAP ${validation.mAP.toFixed(4)}`]),
      ]
    : [];
  const told = [`loss ${loss.toFixed(4)}`, `rate ${formatRate(learningRate)}`, ...judged];
  return `epoch ${epoch}/${epochs}: ${told.join(', ')}`;
}

/** `1.8e-5` */
function formatRate(rate: number): string {
  return rate === 0 ? '0' : rate.toExponential(1);
}

/** Three digits that count. */
function formatNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
