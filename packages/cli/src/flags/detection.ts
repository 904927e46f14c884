// How events are told from scores, for the commands that tell events.

import type { Label } from '@audiozoo/core';
import { readTextFile } from '@audiozoo/core/disk';
import { parseJsonObject } from '@audiozoo/core/plugin';
import type { DetectEventsOptions, LabelDetection } from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '../session/session.js';
import { type FlagsOf, refuseFlags } from './common.js';
import { collect, decimal, wholeNumber } from './flag-value.js';

export type DetectionFlags = FlagsOf<typeof detectionFlags>;

export const detectionFlags = new Command()
  .option('--on <score>', 'an event has this score at least once (default: 0.5)', decimal({ above: 0 }))
  .option('--off <score>', 'and never less than this (default: half of --on)', decimal({ above: 0 }))
  .option(
    '--median <n>',
    'windows, or steps, whose median smooths the scores; 1 for none (default: 3)',
    wholeNumber(1),
  )
  .addOption(
    new Option('--median-seconds <s>', 'the same in seconds')
      .argParser(decimal({ atLeast: 0 }))
      .conflicts('median'),
  )
  .option('--by-label <file.json>', '{ "Speech": { "on", "off", "medianSeconds" } }: other for these labels')
  .option('--min-duration <s>', 'shorter events are left out (default: 0)', decimal({ atLeast: 0 }))
  .option('--merge-gap <s>', 'events of a label so close are one (default: 0)', decimal({ atLeast: 0 }))
  .option('--only <labels>', 'the labels to look for, by commas; may be repeated', collect)
  .option('--ignore <labels>', 'labels to leave out, by commas; may be repeated', collect);

export type ProcessingFlags = FlagsOf<typeof processingFlags>;

/** Beside `detectionFlags`, where all scores may be waited for. */
export const processingFlags = new Command()
  .addOption(
    new Option('--post-processing <name>', 'how scores become events: by a median and thresholds, or boxes')
      .choices(['median', 'sebbs'])
      .default('median'),
  )
  .option('--step-filter <s>', 'of sebbs: over which changes show (default: 0.5)', decimal({ above: 0 }))
  .option(
    '--merge-difference <score>',
    'of sebbs: events whose gap is less lower are one (default: 1)',
    decimal({ atLeast: 0 }),
  )
  .option(
    '--merge-ratio <n>',
    'of sebbs: and less than so many times lower (default: 2)',
    decimal({ atLeast: 0 }),
  );

/** Throws a UsageError for what cannot be, before anything is loaded. */
export function checkDetectionFlags({ on = 0.5, off = on / 2, median = 1 }: DetectionFlags): void {
  if (on > 1 || off > on) throw new UsageError('--on is at most 1, and --off at most --on.');
  if (median % 2 === 0) throw new UsageError('--median is an odd number.');
}

/** Throws a UsageError for flags of the way that scores do not become events. */
export function checkProcessingFlags(flags: DetectionFlags & ProcessingFlags): void {
  const { off, median, medianSeconds, byLabel, mergeGap, stepFilter, mergeDifference, mergeRatio } = flags;
  if (flags.postProcessing === 'sebbs') {
    const ofMedian = { off, median, medianSeconds, byLabel, mergeGap };
    refuseFlags(ofMedian, 'goes with --post-processing median only');
  } else refuseFlags({ stepFilter, mergeDifference, mergeRatio }, 'goes with --post-processing sebbs only');
}

/** Throws a UsageError that says why not, when one of these flags was given. */
export function refuseDetectionFlags(flags: DetectionFlags, why: string): void {
  const { on, off, median, medianSeconds, byLabel, minDuration, mergeGap, only, ignore } = flags;
  refuseFlags({ on, off, median, medianSeconds, byLabel, minDuration, mergeGap, only, ignore }, why);
}

/** Reads the file of `--by-label`, if there is one. What the labels in it are is checked where it is used. */
export async function readByLabel(
  path: string | undefined,
): Promise<Record<string, LabelDetection> | undefined> {
  if (path === undefined) return undefined;
  return parseJsonObject(await readTextFile(path, 4_000_000), path) as Record<string, LabelDetection>;
}

export function detectionOptions(
  { on, off, median, medianSeconds, minDuration, mergeGap, only, ignore }: DetectionFlags,
  byLabel: Record<string, LabelDetection> | undefined,
  labels: readonly Label[],
): DetectEventsOptions {
  return {
    threshold: { on, off },
    medianFilter: median,
    medianSeconds,
    byLabel,
    minDuration,
    mergeGap,
    labels: only && labelsIn(only, labels),
    ignore: ignore && labelsIn(ignore, labels),
  };
}

/** Labels by name or mid, several of them by commas: names of AudioSet have commas in them too. */
function labelsIn(texts: readonly string[], labels: readonly Label[]): string[] {
  const known = new Set(labels.flatMap(({ name, mid }) => [name, mid]));
  return texts.flatMap((text) => (known.has(text) ? [text] : text.split(',').map((part) => part.trim())));
}
