// The protocols of the paper: one model or an ensemble on AudioSet's evaluation clips, five models on the
// five folds of ESC-50, one model on the test clips of Speech Commands.

import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AudiozooError, type Label, tensor, writeNpy } from '@audiozoo/core';
import { audiosetStrongLabels } from '@audiozoo/core/labels';
import { createLabelIndex, quoteName } from '@audiozoo/core/plugin';
import { Command } from '@commander-js/extra-typings';
import type { Clip } from '../evaluation/clip.js';
import { chooseDataSet } from '../evaluation/data-set.js';
import { eventsJson, eventsText, judgeEvents } from '../evaluation/event-figures.js';
import { labelsByName } from '../evaluation/event-labels.js';
import { summarizeScores } from '../evaluation/figures.js';
import type { EventsByFile, Findings } from '../evaluation/findings.js';
import { hearRecordings } from '../evaluation/hear-recordings.js';
import { identifyModel, type ModelIdentity } from '../evaluation/model-identity.js';
import type { ProgressSubject } from '../evaluation/progress-file.js';
import { readScores } from '../evaluation/read-scores.js';
import { perClassCsv, resultJson, resultText } from '../evaluation/report.js';
import { scoreModels } from '../evaluation/score-models.js';
import { addFlags, commonFlags, type FlagsOf, refuseFlags } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { decimal, wholeNumber } from '../flags/flag-value.js';
import { oneModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { audioOptions, hearingFlags } from '../flags/sound.js';
import { readEventFile } from '../input/event-file.js';
import { readLabelFile } from '../input/label-file.js';
import { checkOutput, writeOutput } from '../output/output-file.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('evaluate')
    .description('Judge models on labeled clips: mAP, mAUC, d′, accuracy, as the official code does.')
    .option('--model <dir...>', `${oneModel}; of several, probabilities are averaged`)
    .option('--data <file.json>', '{ "data": [{ "wav", "labels": "/m/…,/m/…" }] }, as in the official code')
    .option('--esc50 <folder>', 'ESC-50: --fold N, or five models, the first for fold 1 and so on')
    .option('--fold <n>', 'the fold of ESC-50 that the models have not heard', wholeNumber(1, 5))
    .option('--speech-commands <folder>', 'Speech Commands: the clips in its testing_list.txt')
    .option(
      '--events <file.tsv>',
      'filename, onset, offset, event_label, or as AudioSet-Strong has it: judge events instead, by F1',
    )
    .option('--detected <file.tsv>', 'events of the same form to judge, in place of a model')
    .option(
      '--detected-scores <folder>',
      'scores to judge: NAME.tsv for each recording, with onset, offset and a column for each label',
    )
    .option(
      '--on <score>',
      'of --events: an event has this score at least once (default: 0.5)',
      decimal({ above: 0 }),
    )
    .option(
      '--median <n>',
      'of --events: windows or steps whose median counts (default: 3; of --detected-scores 1)',
      wholeNumber(1),
    )
    .option('--all-labels', "of --events: look for all labels of the model, not for the file's alone")
    .option('--labels <file.csv>', "labels in the model's order (default: the model's own)")
    .option('--audio-folder <folder>', "where clips' paths start (default: where the list is)")
    .option('--batch <n>', 'clips per run (default: 1)', wholeNumber(1, 4096))
    .option('--progress <file>', 'keeps scores as they come (default: a file here until all is done)')
    .option('--per-class <file.csv>', "write each class's average precision and area under the ROC curve")
    .option('--scores <file.npy>', 'write probabilities: float32 [clips, labels], NaN where a clip failed')
    .option('--json', 'all figures as JSON on stdout')
    .addHelpText(
      'after',
      `
Clips longer than the model's window are cut, as in the official code. A clip that fails is left out of the
figures and listed at the end, and the exit code is 1. The same command after an interruption goes on where
it stopped.

--events gives F1 over segments of a second and over events (onsets within 0.2 s, offsets within that or half the
event), as sed_eval does, and of scores PSDS1 and PSDS2, as sed_scores_eval does, which need no threshold: over the labels
that the file has events of, their scores smoothed by --median, false ones for each hour of sound that was heard (the
recordings' own lengths; of --detected-scores what the tables span). Scores of those labels are held until the end: 4 bytes
for each step and label, of --detected-scores 8: 7 GB for all of AudioSet-Strong's evaluation clips.

A model is asked for the labels that the file names, unless --all-labels is given: then
events of other labels count as wrong. Labels may be AudioSet's identifiers (/m/…), and names of recordings lack the
ending, as in audioset_strong_eval.tsv; identifiers of no label of the model's are left out, with a warning.

Examples:
  $ audiozoo evaluate --events street.tsv --model frame_mn10 --audio-folder clips
  $ audiozoo evaluate --events street.tsv --detected found.tsv --json
  $ audiozoo evaluate --events street.tsv --detected-scores scores
  $ audiozoo evaluate --events audioset_strong_eval.tsv --model frame_mn10 --audio-folder eval
  $ audiozoo evaluate --model ast-audioset --data eval.json --labels class_labels_indices.csv
  $ audiozoo evaluate --model ast-1 ast-2 ast-3 --data eval.json --per-class classes.csv
  $ audiozoo evaluate --model fold1 fold2 fold3 fold4 fold5 --esc50 ESC-50-master
  $ audiozoo evaluate --model ast-speech-commands --speech-commands speech_commands_v0.02 --json`,
    ),
  hearingFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;
type JudgingFlags = Flags & { readonly model: readonly string[] };

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => {
    const session = createSession(called, signal);
    const { events, detected, detectedScores, model } = flags;
    if (events !== undefined) return evaluateEvents(events, flags, session);
    const { on, median, allLabels } = flags;
    refuseFlags({ detected, detectedScores, on, median, allLabels }, 'goes with --events only');
    if (model === undefined) throw new UsageError("required option '--model <dir...>' not specified");
    return evaluate({ ...flags, model }, session);
  });

/** Judges events, of files or of models, by those that a file says are there. */
async function evaluateEvents(path: string, flags: Flags, session: Session): Promise<void> {
  const { model, detected, detectedScores, data, esc50, speechCommands } = flags;
  if ([data, esc50, speechCommands].some((other) => other !== undefined)) {
    throw new UsageError(
      '--events is a data set of its own: leave out --data, --esc50 and --speech-commands.',
    );
  }
  const { fold, labels, batch, progress, perClass, scores } = flags;
  refuseFlags({ fold, labels, batch, progress, perClass, scores }, 'does not go with --events');
  if ([model, detected, detectedScores].filter((source) => source !== undefined).length !== 1) {
    throw new UsageError('--events goes with one of --model, --detected and --detected-scores.');
  }
  const {
    on = 0.5,
    median,
    allLabels,
    audioFolder,
    channel,
    resampling,
    decoder,
    precision,
    threads,
  } = flags;
  if (model === undefined) {
    const ofModels = { allLabels, audioFolder, channel, resampling, decoder, precision, threads };
    refuseFlags(ofModels, 'is about hearing with a model, and there is none');
  }
  if (detected !== undefined)
    refuseFlags({ on: flags.on, median }, 'is about scores, and --detected has none');
  if (on > 1) throw new UsageError('--on is at most 1.');
  if (median !== undefined && median % 2 === 0) throw new UsageError('--median is an odd number.');
  const table = await readEventFile(path);
  if (table.size === 0) {
    throw new AudiozooError({
      code: 'file',
      what: `${path} names no recording`,
      expected: 'a row for each event',
      got: 'the names of its columns alone',
      hint: 'A recording without events is a row of its name alone.',
      option: 'events',
    });
  }
  const findings =
    model !== undefined
      ? await hearRecordings(model, table, audioFolder ?? dirname(path), { ...flags, on }, session)
      : detectedScores !== undefined
        ? await readScores(detectedScores, table, { on, median }, session)
        : await readDetected(detected!, table, session);
  const figures = judgeEvents(findings);
  const failed = findings.failures.map(({ file, error }) => session.failure(error, file));
  if (flags.json) session.printJson(eventsJson(path, figures, failed));
  else if (figures.files > 0) session.print(eventsText(path, figures));
  for (const { file, error } of findings.failures) session.fail(error, file);
}

/** The events of two tables, of which neither needs to have all recordings of the other. */
async function readDetected(path: string, table: EventsByFile, session: Session): Promise<Findings> {
  const detected = labelsByName(await readEventFile(path), audiosetStrongLabels);
  const [other, ...others] = [...detected.keys()].filter((name) => !table.has(name));
  if (other !== undefined) {
    const names = `${quoteName(other)}${others.length > 0 ? ` and ${others.length} more` : ''}`;
    session.warn(
      `--events does not name ${names} of --detected: all that was detected there counts as wrong`,
    );
  }
  return { reference: labelsByName(table, audiosetStrongLabels), detected, failures: [] };
}

/** Of ESC-50. */
const foldCount = 5;

async function evaluate(flags: JudgingFlags, session: Session): Promise<void> {
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
  for (const directory of flags.model) models.push(await identifyModel(directory, plugins.models, session));
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
      batch: flags.batch ?? 1,
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
    const failed = failures.map(({ file, error }) => session.failure(error, file));
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
  { device, precision, channel, resampling, decoder }: Flags,
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
