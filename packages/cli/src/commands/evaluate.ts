// The protocols of the paper: one model or an ensemble on AudioSet's evaluation clips, five models on the
// five folds of ESC-50, one model on the test clips of Speech Commands.

import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { AudiozooError, type Label, tensor, writeNpy } from '@audiozoo/core';
import { type AudioFlags, audioOptions } from '../audio-flags.js';
import { chooseBackend, type DeviceFlags } from '../device.js';
import type { Clip } from '../evaluation/clip.js';
import { chooseDataSet, type DataSetFlags } from '../evaluation/data-set.js';
import { summarizeScores } from '../evaluation/figures.js';
import { createLabelIndex } from '../evaluation/label-index.js';
import { identifyModel, type ModelIdentity } from '../evaluation/model-identity.js';
import type { ProgressSubject } from '../evaluation/progress-file.js';
import { perClassCsv, resultJson, resultText } from '../evaluation/report.js';
import { scoreModels } from '../evaluation/score-models.js';
import { readLabelFile } from '../label-file.js';
import { checkOutput, writeOutput } from '../output-file.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';
import { UsageError } from '../usage-error.js';

type HearingFlags = Pick<AudioFlags, 'channel' | 'resampling' | 'decoder'>;

export interface EvaluateFlags extends CommonFlags, DeviceFlags, DataSetFlags, HearingFlags {
  readonly model: readonly string[];
  readonly labels?: string;
  readonly batch: number;
  readonly progress?: string;
  readonly perClass?: string;
  readonly scores?: string;
  readonly json?: boolean;
}

/** Of ESC-50. */
const foldCount = 5;

export async function evaluate(flags: EvaluateFlags, session: Session): Promise<void> {
  const { signal } = session;
  const { source, isCrossValidation, readClips } = chooseDataSet(flags);
  if (isCrossValidation && flags.model.length !== foldCount) {
    throw new UsageError(
      `ESC-50's ${foldCount} folds need ${foldCount} models, in their order: got ${flags.model.length}. ` +
        '--fold N evaluates one fold.',
    );
  }
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins);
  for (const path of [flags.perClass, flags.scores]) if (path !== undefined) await checkOutput(path);

  const models: ModelIdentity[] = [];
  for (const directory of flags.model) models.push(await identifyModel(directory, plugins.models, signal));
  const labels = await agreeOnLabels(models, flags.labels, session);
  const clips = await readClips(createLabelIndex(labels), signal);
  const places = [...clips.keys()];
  const assignments = models.map(({ directory }, model) => ({
    model: directory,
    places: isCrossValidation ? places.filter((place) => clips[place]!.fold === model + 1) : places,
  }));

  const subject = progressSubject(models, clips, flags);
  const automatic = `audiozoo-evaluate-${sha256(Object.values(subject)).slice(0, 12)}.progress`;
  const progress = { path: flags.progress ?? automatic, subject, keep: flags.progress !== undefined };
  const modelScores = await scoreModels(
    {
      clips,
      assignments,
      labels: labels.length,
      models: plugins.models,
      backend,
      batch: flags.batch,
      audio: audioOptions(flags, session),
      progress,
      signal,
    },
    session,
  );
  const result = summarizeScores(clips, assignments, modelScores, labels.length, isCrossValidation);

  if (flags.scores !== undefined) {
    const table = tensor('float32', [clips.length, labels.length], Float32Array.from(result.scores));
    await writeOutput(flags.scores, writeNpy(table), signal);
  }
  if (flags.perClass !== undefined) {
    await writeOutput(flags.perClass, Buffer.from(perClassCsv(result.perClass, labels)), signal);
  }
  const failures = [...modelScores.failures].map(([place, error]) => ({ file: clips[place]!.name, error }));
  if (flags.json) {
    const failed = failures.map(({ file, error }) => ({
      file,
      error: error instanceof Error ? error.message : String(error),
    }));
    session.printJson(resultJson(source, result, labels, failed));
  } else {
    session.print(resultText(source, result, labels));
  }
  // Not before all that was asked for is written: hours of work may hang on it.
  if (!progress.keep && (failures.length === 0 || result.clips === 0))
    await rm(progress.path, { force: true });
  if (failures.length === 0) return;
  if (!progress.keep && result.clips > 0) {
    session.note(`The scores are kept in ${progress.path}: the same command hears only what failed`);
  }
  session.warn(`${failures.length} of ${clips.length} clips failed: the figures are over the others.`);
  for (const { file, error } of failures) session.fail(error, file);
}

/** The labels of all models. Throws `argument` errors when scores of theirs cannot be compared or averaged. */
async function agreeOnLabels(
  models: readonly ModelIdentity[],
  labelFile: string | undefined,
  session: Session,
): Promise<readonly Label[]> {
  const [first] = models as readonly [ModelIdentity, ...ModelIdentity[]];
  const labels = labelFile === undefined ? first.labels : await readLabelFile(labelFile);
  for (const model of models) {
    if (model.labels.length !== labels.length || model.problemType !== first.problemType) {
      throw new AudiozooError({
        code: 'argument',
        what: `${model.directory} does not go with ${labelFile ?? first.directory}`,
        expected: `${labels.length} labels, ${first.problemType}`,
        got: `${model.labels.length}, ${model.problemType}`,
      });
    }
    const place = labels.findIndex(({ name }, index) => name !== model.labels[index]!.name);
    if (place === -1) continue;
    const [ours, theirs] = [labels, model.labels].map((list) => JSON.stringify(list[place]!.name));
    const difference = `${model.directory} calls class ${place} ${theirs}, ${labelFile ?? first.directory} ${ours}`;
    if (labelFile !== undefined)
      session.warn(`${difference}: the file counts. Its order must be the model's.`);
    else {
      throw new AudiozooError({
        code: 'argument',
        what: difference,
        expected: 'the same labels in the same order',
        hint: 'If only the names differ, name the labels with --labels.',
      });
    }
  }
  return labels;
}

/** What decides scores. Truth does not: labels that are mended later need no second run. */
function progressSubject(
  models: readonly ModelIdentity[],
  clips: readonly Clip[],
  { device, precision, channel, resampling, decoder }: EvaluateFlags,
): ProgressSubject {
  return {
    models: sha256(models.map((model) => model.sha256)),
    clips: sha256(clips.map(({ path, fold }) => `${path}\0${fold}`)),
    settings: JSON.stringify({ device, precision, channel, resampling, decoder }),
  };
}

function sha256(lines: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(lines)).digest('hex');
}
