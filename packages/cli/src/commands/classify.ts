import { tensor, writeNpy } from '@audiozoo/core';
import {
  type Aggregate,
  classifyMany,
  type Ensemble,
  type LabelledWindow,
  type ScoredLabel,
} from '@audiozoo/tasks';
import { type AudioFlags, audioOptions } from '../audio-flags.js';
import { chooseBackend, type DeviceFlags } from '../device.js';
import { labelTable } from '../label-table.js';
import { loadModels } from '../load-models.js';
import { checkOutput, writeOutput } from '../output-file.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';
import { openAudio } from '../standard-input.js';
import { UsageError } from '../usage-error.js';
import { type WindowFlags, windowOptions } from '../window-flags.js';

export interface ClassifyFlags extends CommonFlags, AudioFlags, DeviceFlags, WindowFlags {
  readonly model: readonly string[];
  readonly topK: number;
  readonly json?: boolean;
  readonly logits?: string;
  readonly aggregate?: Aggregate;
  readonly frames?: number | 'auto';
  readonly melBins?: number;
}

type Entry =
  | { readonly file: string; readonly labels: readonly ScoredLabel[] }
  | { readonly file: string; readonly windows: readonly LabelledWindow[] }
  | { readonly file: string; readonly error: string };

/** From this many files on, a progress bar is worth its line. */
const manyFiles = 4;

export async function classify(
  files: readonly string[],
  flags: ClassifyFlags,
  session: Session,
): Promise<void> {
  const { signal } = session;
  const { aggregate = flags.hop === undefined ? undefined : 'mean' } = flags;
  checkWindowFlags(flags, aggregate);
  const plugins = await loadPlugins(flags.plugin);
  // A thread takes 50 ms to start: one clip is result sooner without.
  const isOneRun = files.length === 1 && aggregate === undefined;
  const backend = await chooseBackend(flags, plugins, isOneRun ? { workers: 0 } : {});
  if (flags.logits !== undefined) await checkOutput(flags.logits);
  const { frames, melBins } = flags;
  const options = { models: plugins.models, backend, frames, melBins, signal };
  const classifier = await loadModels(flags.model, options, session);

  const width = classifier.labels.length;
  const rows = new Float32Array(files.length * width).fill(Number.NaN); // [files, labels]
  const entries: Entry[] = [];
  const failures: { readonly error: unknown; readonly file: string }[] = []; // told when no bar is in the way
  // Where results go to the terminal as they come, they are the progress.
  const watched = files.length >= manyFiles && (flags.json || !process.stdout.isTTY);
  const progress = watched ? await session.progress('files') : undefined;
  try {
    for await (const result of classifyAll(classifier, files, aggregate, flags, session)) {
      const place = entries.length;
      const file = files[place]!;
      try {
        if ('error' in result) throw result.error;
        const { logits, ...found } = result;
        rows.set(logits ?? [], place * width);
        const entry: Entry = { file, ...found };
        entries.push(entry);
        if (!flags.json) session.print(describe(entry));
      } catch (error) {
        entries.push({ file, error: error instanceof Error ? error.message : String(error) });
        failures.push({ error, file });
      }
      if (!progress) for (const failure of failures.splice(0)) session.fail(failure.error, failure.file);
      progress?.update(entries.length, files.length);
    }
  } finally {
    progress?.stop();
    await classifier.dispose();
  }
  for (const { error, file } of failures) session.fail(error, file);
  if (flags.logits !== undefined) {
    await writeOutput(flags.logits, writeNpy(tensor('float32', [files.length, width], rows)), signal);
  }
  if (flags.json) session.printJson(entries);
}

type ClipResult =
  | { readonly labels: readonly ScoredLabel[]; readonly logits: Float32Array | undefined }
  | { readonly windows: readonly LabelledWindow[]; readonly logits?: undefined }
  | { readonly error: unknown };

/** What each file is found to hold, in their order. */
async function* classifyAll(
  classifier: Ensemble,
  files: readonly string[],
  aggregate: Aggregate | undefined,
  flags: ClassifyFlags,
  session: Session,
): AsyncGenerator<ClipResult> {
  const sounds = openAll(files, session.signal);
  const options = { ...audioOptions(flags, session), ...windowOptions(flags), topK: flags.topK };
  if (aggregate === 'none') {
    const many = classifyMany(classifier, sounds, { ...options, aggregate });
    for await (const { labels: windows, error } of many) yield windows ? { windows } : { error };
  } else {
    const many = classifyMany(classifier, sounds, { ...options, aggregate });
    for await (const { labels, logits, error } of many) yield labels ? { labels, logits } : { error };
  }
}

async function* openAll(files: readonly string[], signal: AbortSignal): AsyncGenerator<string | Blob> {
  for (const file of files) yield await openAudio(file, signal);
}

function checkWindowFlags(flags: ClassifyFlags, aggregate: Aggregate | undefined): void {
  if (aggregate === undefined && flags.window !== undefined) {
    throw new UsageError('--window needs --aggregate or --hop, which hear sound window by window.');
  }
  if (aggregate !== undefined && flags.logits !== undefined) {
    throw new UsageError('--logits are those of whole clips: not with --aggregate or --hop.');
  }
}

/** An entry for people. */
function describe(entry: Entry): string {
  if ('labels' in entry) return labelTable(entry.file, entry.labels);
  if ('error' in entry) return entry.error;
  const ofWindow = ({ start, end, labels }: LabelledWindow) =>
    labelTable(`${entry.file}  ${start.toFixed(2)} – ${end.toFixed(2)} s`, labels);
  return entry.windows.map(ofWindow).join('\n');
}
