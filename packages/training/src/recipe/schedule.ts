// Learning rates: what a step's is follows from its number alone, so that nothing has to be remembered to resume.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';

/** Multiplied by `factor` after `from` epochs and after every `every` more, as `torch.optim.lr_scheduler.MultiStepLR`. */
export interface MilestoneSchedule {
  readonly kind: 'milestones';
  readonly from: number;
  readonly every: number;
  readonly factor: number;
}

/** Down to `end` times the rate, step by step: half a wave as `CosineAnnealingLR`, or straight as `LinearLR`. */
export interface FallingSchedule {
  readonly kind: 'cosine' | 'linear';
  /** 0 when absent. */
  readonly end?: number | undefined;
}

/** Half a wave up to the rate and another down, step by step, as `OneCycleLR`. */
export interface OneCycleSchedule {
  readonly kind: 'one-cycle';
  /** The part of all steps that it rises in; 0.3 when absent. */
  readonly rising?: number | undefined;
  /** It begins at the rate divided by this; 25 when absent. */
  readonly startDivisor?: number | undefined;
  /** It ends at its beginning divided by this; 1e4 when absent. */
  readonly endDivisor?: number | undefined;
}

export type Schedule = { readonly kind: 'constant' } | MilestoneSchedule | FallingSchedule | OneCycleSchedule;

/** The rate grows from 0 over the first `steps`, and is the schedule's from there. Data sets of few steps may never get there. */
export interface WarmUp {
  readonly steps: number;
  /** It is set anew every so many steps; 1 when absent. */
  readonly every?: number | undefined;
  /**
   * `true`, as in the official code: whenever warm-up sets the rate, what the schedule had made of it is lost, so that milestones
   * within it do not count later either. Absent: both are multiplied, and no milestone is lost.
   */
  readonly overridesSchedule?: boolean | undefined;
}

export interface RatePlan {
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly warmUp?: WarmUp | undefined;
}

/** Where training is. */
export interface StepPlace {
  /** Updates that came before, over all epochs: the first step is 0. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
}

/** The learning rate of a step. Throws an `argument` error on a plan that makes no sense. */
export function learningRateAt(plan: RatePlan, place: StepPlace): number {
  checkRatePlan(plan);
  checkOptions('learningRateAt', place, placeKinds);
  const { learningRate, warmUp } = plan;
  const { step } = place;
  const share = (at: number) => scheduleAt(plan.schedule, { ...place, step: at });
  if (!warmUp || warmUp.steps === 0) return learningRate * share(step);

  const { steps, every = 1, overridesSchedule = false } = warmUp;
  const setAt = step < steps ? Math.floor(step / every) * every : steps;
  if (!overridesSchedule) return learningRate * (setAt / steps) * share(step);
  // Schedulers multiply the rate that they find, so that what they did since is what counts.
  const before = share(setAt);
  return before === 0 ? 0 : learningRate * (setAt / steps) * (share(step) / before);
}

/** What the rate is multiplied by. */
function scheduleAt(schedule: Schedule, { step, stepsPerEpoch, epochs }: StepPlace): number {
  const total = stepsPerEpoch * epochs;
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'milestones': {
      const epoch = Math.floor(step / stepsPerEpoch);
      const { from, every, factor } = schedule;
      return epoch < from ? 1 : factor ** (1 + Math.floor((epoch - from) / every));
    }
    case 'cosine':
      return between(1, schedule.end ?? 0, wave(Math.min(1, step / total)));
    case 'linear':
      return between(1, schedule.end ?? 0, Math.min(1, step / total));
    case 'one-cycle': {
      const { rising = 0.3, startDivisor = 25, endDivisor = 1e4 } = schedule;
      const peak = rising * total - 1;
      const start = 1 / startDivisor;
      if (step < peak) return between(start, 1, wave(step / peak));
      return between(1, start / endDivisor, wave(Math.min(1, (step - peak) / (total - 1 - peak))));
    }
  }
}

/** From 0 to 1, slow at both ends. */
function wave(part: number): number {
  return (1 - Math.cos(Math.PI * part)) / 2;
}

function between(first: number, last: number, part: number): number {
  return first + (last - first) * part;
}

const placeKinds = {
  step: 'number',
  stepsPerEpoch: 'count',
  epochs: 'count',
} as const satisfies OptionKinds<StepPlace>;

const fieldKinds = {
  constant: { kind: 'string' },
  milestones: { kind: 'string', from: 'number', every: 'count', factor: 'number' },
  cosine: { kind: 'string', end: 'number' },
  linear: { kind: 'string', end: 'number' },
  'one-cycle': { kind: 'string', rising: 'number', startDivisor: 'number', endDivisor: 'number' },
} as const;

const warmUpKinds = {
  steps: 'number',
  every: 'count',
  overridesSchedule: 'boolean',
} as const satisfies OptionKinds<WarmUp>;

/** Throws an `argument` error on rates, schedules and warm-ups that make no sense. */
export function checkRatePlan({ learningRate, schedule, warmUp }: RatePlan): void {
  ensure('learningRate', learningRate, 'a number from 0', learningRate >= 0 && learningRate < Infinity);
  const kinds = Object.keys(fieldKinds);
  ensure('schedule.kind', schedule?.kind, kinds.join(', '), kinds.includes(schedule?.kind));
  checkOptions('the schedule', schedule, fieldKinds[schedule.kind], { path: 'schedule.' });
  if (schedule.kind === 'milestones') {
    const { from, every, factor } = schedule;
    ensure('schedule.from', from, 'a whole number from 0', Number.isInteger(from) && from >= 0);
    ensure('schedule.every', every, 'a whole number from 1', every >= 1);
    ensure('schedule.factor', factor, 'a number from 0 to 1', factor >= 0 && factor <= 1);
  }
  if (schedule.kind === 'cosine' || schedule.kind === 'linear') {
    const { end = 0 } = schedule;
    ensure('schedule.end', end, 'a number from 0 to 1', end >= 0 && end <= 1);
  }
  if (schedule.kind === 'one-cycle') {
    const { rising = 0.3, startDivisor = 25, endDivisor = 1e4 } = schedule;
    ensure('schedule.rising', rising, 'a number between 0 and 1', rising > 0 && rising < 1);
    ensure('schedule.startDivisor', startDivisor, 'a number from 1', startDivisor >= 1);
    ensure('schedule.endDivisor', endDivisor, 'a number from 1', endDivisor >= 1);
    ensure('warmUp', warmUp, 'none: a cycle warms up itself', warmUp === undefined);
  }
  if (warmUp === undefined) return;
  checkOptions('the warm-up', warmUp, warmUpKinds, { path: 'warmUp.' });
  const { steps } = warmUp;
  ensure('warmUp.steps', steps, 'a whole number from 0', Number.isInteger(steps) && steps >= 0);
}

function ensure(option: string, value: unknown, expected: string, holds: boolean): void {
  if (holds) return;
  const got = typeof value === 'object' ? JSON.stringify(value) : String(value);
  throw new AudiozooError({
    code: 'argument',
    what: `${option} of the recipe makes no sense`,
    expected,
    got,
    option,
  });
}
