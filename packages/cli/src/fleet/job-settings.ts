// What a job is, of the flags of a command.

import type { JobSettings, LabelChoice } from '@audiozoo/fleet';
import { Command, Option } from '@commander-js/extra-typings';
import type { FlagsOf } from '../flags/common.js';
import type { DeviceFlags } from '../flags/device.js';
import { decimal, wholeNumber } from '../flags/flag-value.js';
import { type sizeFlags, sizeOf } from '../flags/model-settings.js';
import type { HearingFlags } from '../flags/sound.js';
import { UsageError } from '../session/session.js';

/** Flags that say what is told of each sound. */
export const jobFlags = new Command()
  .addOption(
    new Option('--format <name>', 'of the results: lines of JSON, or tables')
      .choices(['jsonl', 'parquet'])
      .default('jsonl'),
  )
  .addOption(
    new Option('--top-k <n>', 'labels of each sound, best first (default: 5)')
      .argParser(wholeNumber(1))
      .conflicts(['minScore', 'scores']),
  )
  .addOption(
    new Option('--min-score <x>', 'all labels that have this score, in place of the best few')
      .argParser(decimal({ atLeast: 0 }))
      .conflicts('scores'),
  )
  .addOption(
    new Option('--scores <which>', "all: a score for each label, in the manifest's order").choices(['all']),
  )
  .addOption(
    new Option('--embed [dtype]', 'what the model makes of each sound too, in these numbers')
      .choices(['float16', 'float32'])
      .preset('float32' as const),
  )
  .addOption(
    new Option('--events', 'what is heard from when to when, in place of labels').conflicts([
      'topK',
      'minScore',
      'scores',
      'embed',
    ]),
  )
  .option('--hop <s>', 'hear long sound window by window, so many seconds apart', decimal({ above: 0 }))
  .option(
    '--batch <n>',
    'clips per run of the model (default: 1); of more, last digits hang on what lies beside a clip',
    wholeNumber(1, 4096),
  )
  .option('--shard <s>', 'seconds of sound done together (default: a minute of work)', decimal({ above: 0 }));

export type JobFlags = FlagsOf<typeof jobFlags>;

/** The settings of a job; how much is cut into a shard is left to its folder, unless a flag says it. */
export function jobSettings(
  flags: JobFlags & HearingFlags & DeviceFlags & FlagsOf<typeof sizeFlags>,
  model: Pick<JobSettings['model'], 'name' | 'sha256'>,
): Omit<JobSettings, 'shardSeconds'> & { readonly shardSeconds?: number } {
  const { format, embed, events, hop, batch, channel, resampling, precision, shard } = flags;
  const size = sizeOf(flags);
  return {
    model: { ...model, ...(size && { size }) },
    format,
    scores: labelChoice(flags),
    ...defined({
      embed,
      events,
      hop,
      batch,
      channel,
      kernel: resampling === 'kaiser_best' ? resampling : undefined,
      precision,
      shardSeconds: shard,
    }),
  };
}

function labelChoice({ topK, minScore, scores }: JobFlags): LabelChoice {
  if (scores === 'all') return { kind: 'all' };
  if (minScore === undefined) return { kind: 'top', k: topK ?? 5 };
  if (minScore > 1) throw new UsageError('--min-score is at most 1.');
  return { kind: 'least-score', score: minScore };
}

/** Without what nobody has said. */
function defined<Values extends object>(values: Values) {
  const said = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { [Name in keyof Values]?: Exclude<Values[Name], undefined> };
}
