import { AudiozooError, tensor, writeNpy } from '@audiozoo/core';
import {
  type AudioClassifier,
  loadClassifier,
  rankLabels,
  type ScoredLabel,
  scoresOf,
} from '@audiozoo/tasks';
import { type AudioFlags, audioOptions } from '../audio-flags.js';
import { chooseBackend, type DeviceFlags } from '../device.js';
import { checkOutput, writeOutput } from '../output-file.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';
import { openAudio } from '../standard-input.js';

export interface ClassifyFlags extends CommonFlags, AudioFlags, DeviceFlags {
  readonly model: string;
  readonly topK: number;
  readonly json?: boolean;
  readonly logits?: string;
}

type Entry =
  | { readonly file: string; readonly labels: readonly ScoredLabel[] }
  | { readonly file: string; readonly error: string };

/** From this many files on, a progress bar is worth its line. */
const manyFiles = 4;

export async function classify(
  files: readonly string[],
  flags: ClassifyFlags,
  session: Session,
): Promise<void> {
  const { signal } = session;
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins);
  if (flags.logits !== undefined) await checkOutput(flags.logits);
  const classifier = await loadClassifier(flags.model, { models: plugins.models, backend, signal });
  session.note(`${flags.model} on ${classifier.device}`);

  const width = classifier.labels.length;
  const rows = new Float32Array(files.length * width).fill(Number.NaN); // [files, labels]
  const entries: Entry[] = [];
  const failures: { readonly error: unknown; readonly file: string }[] = []; // told when no bar is in the way
  // Where results go to the terminal as they come, they are the progress.
  const watched = files.length >= manyFiles && (flags.json || !process.stdout.isTTY);
  const progress = watched ? await session.progress('files') : undefined;
  try {
    for (const [place, file] of files.entries()) {
      await session.breathe();
      try {
        const logits = await logitsOf(classifier, file, flags, signal);
        rows.set(logits, place * width);
        const scores = scoresOf(logits, classifier.problemType);
        const labels = rankLabels(scores, classifier.labels, flags.topK);
        entries.push({ file, labels });
        if (!flags.json) session.print(table(file, labels));
      } catch (error) {
        signal.throwIfAborted();
        entries.push({ file, error: error instanceof Error ? error.message : String(error) });
        failures.push({ error, file });
      }
      if (!progress) for (const failure of failures.splice(0)) session.fail(failure.error, failure.file);
      progress?.update(place + 1, files.length);
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

async function logitsOf(
  classifier: AudioClassifier,
  file: string,
  flags: AudioFlags,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { data } = await classifier.logits([await openAudio(file, signal)], audioOptions(flags, signal));
  if (data.every(Number.isFinite)) return data;
  throw new AudiozooError({
    code: 'runtime',
    what: "the model's output is not finite",
    expected: 'finite logits',
    mend: 'The weights may be damaged, or too large for the precision: try --precision float32.',
  });
}

const barLength = 20;

/** A file's labels for people, a line each: `  97.3 %  ███████████████████▍  zero`. */
function table(file: string, labels: readonly ScoredLabel[]): string {
  const lines = labels.map(({ label, score }) => {
    const percentage = `${(score * 100).toFixed(1)} %`.padStart(9);
    return `${percentage}  ${bar(score).padEnd(barLength)}  ${label}`;
  });
  return [file, ...lines].join('\n');
}

/** A bar of blocks, the last of them in eighths. */
function bar(score: number): string {
  const eighths = Math.round(score * barLength * 8);
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7];
}
