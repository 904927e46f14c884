import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateScores } from '@audiozoo/tasks';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { audiozoo, digits, temporaryFolder } from './audiozoo.js';
import {
  byName,
  clipFolder,
  clipNames,
  dataFile,
  deafModel,
  here,
  labelCount,
  labelFile,
  largestDifference,
  reportOf,
  rowsOf,
} from './evaluation.js';

/** Scores are float32. */
const scoreTolerance = 1e-6;
/** Resampling at a cut's edge, and weights in float16. */
const cutTolerance = 5e-3;

describe('audiozoo evaluate --data', () => {
  test('gives the figures of the scores that classify gives', async () => {
    const folder = temporaryFolder();
    const [logits, scores] = [join(folder, 'logits.npy'), join(folder, 'scores.npy')];
    const model = ['--model', deafModel(2)];
    await audiozoo([
      'classify',
      ...clipNames.map((name) => join(clipFolder, name)),
      ...model,
      '--logits',
      logits,
    ]);
    const data = dataFile(clipNames.map((wav) => ({ wav, labels: `/m/digit0${wav[0]}` })));
    const { exitCode, stdout } = await audiozoo([
      ...['evaluate', ...model, '--data', data, ...here, '--labels', labelFile],
      ...['--batch', '4', '--json', '--scores', scores],
    ]);
    expect(exitCode).toBe(0);

    const expected = rowsOf(logits).map((row) => row.map((logit) => 1 / (1 + Math.exp(-logit))));
    expect(largestDifference(rowsOf(scores), expected)).toBeLessThan(scoreTolerance);
    const truth = Uint8Array.from(
      clipNames.flatMap((name) => Array.from({ length: labelCount }, (_, label) => +(label === +name[0]!))),
    );
    const shape = [clipNames.length, labelCount];
    const evaluation = evaluateScores(
      { dtype: 'float32', shape, data: Float32Array.from(rowsOf(scores).flatMap((row) => [...row])) },
      { dtype: 'uint8', shape, data: truth },
    );
    const { mAP, mAUC, dPrime } = evaluation;
    expect(mAP).toBeLessThan(1); // or the comparison would say little
    const report = reportOf(stdout);
    expect(report).toMatchObject({ clips: 30, mAP, mAUC, dPrime, failed: [] });
    expect(report.perClass.map(({ averagePrecision }) => averagePrecision ?? undefined)).toEqual(
      evaluation.perClass.map(({ averagePrecision }) => averagePrecision),
    );
    const right = rowsOf(scores).filter(
      (row, place) => row.indexOf(Math.max(...row)) === +clipNames[place]![0]!,
    );
    expect(report.accuracy).toBe(right.length / 30);
    expect(report.confusion!.flat().reduce((a, b) => a + b)).toBe(30);
  });

  test('takes labels by name from the model, and paths from the folder of the data file', async () => {
    const data = dataFile([
      { wav: 'a.wav', labels: 'zero' },
      { wav: 'sub/b.wav', labels: 'one,unknown' },
    ]);
    const folder = join(data, '..');
    mkdirSync(join(folder, 'sub'));
    copyFileSync(join(clipFolder, clipNames[0]!), join(folder, 'a.wav'));
    copyFileSync(join(clipFolder, clipNames[3]!), join(folder, 'sub/b.wav'));
    const cwd = temporaryFolder();
    const { exitCode, stdout } = await audiozoo(['evaluate', '--model', digits, '--data', data, '--json'], {
      cwd,
    });
    expect(exitCode).toBe(0);
    const report = reportOf(stdout);
    expect(report.perClass.map(({ positives }) => positives)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect([report.accuracy, report.confusion]).toEqual([undefined, undefined]); // several labels a clip
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('says it for people, with what was mistaken for what', async () => {
    const data = dataFile(byName(clipNames));
    const { exitCode, stdout, stderr } = await audiozoo([
      'evaluate',
      '--model',
      deafModel(2),
      '--data',
      data,
      ...here,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${data}: 30 clips, 12 labels\n`);
    expect(stdout).toMatch(/accuracy +mAP +mAUC +d′\n.*deaf +\d+\.\d\d % +0\.\d{4} +0\.\d{4} +-?\d\.\d{3}\n/);
    expect(stdout).toMatch(/Most frequent mistakes:\n {2}\d × \w+ heard as \w+/);
    expect(stderr).toMatch(/deaf on .*cpu/);
  });

  test('writes a table of the classes', async () => {
    const table = join(temporaryFolder(), 'classes.csv');
    const flags = ['--data', dataFile(byName(clipNames)), ...here, '--per-class', table];
    await audiozoo(['evaluate', '--model', digits, ...flags]);
    const rows = parse(readFileSync(table), { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(labelCount);
    expect(rows[7]).toMatchObject({ index: '7', mid: '/m/digit07', display_name: 'seven', positives: '3' });
    expect(Number(rows[7]!.average_precision)).toBeGreaterThan(0.8);
    expect(Number(rows[7]!.roc_auc)).toBeGreaterThan(0.9);
    expect(rows[11]).toMatchObject({
      display_name: 'silence',
      positives: '0',
      average_precision: '',
      roc_auc: '',
    });
  });

  test('averages the probabilities of several models, and judges each alone too', async () => {
    const folder = temporaryFolder();
    const data = dataFile(byName(clipNames));
    const deaf = deafModel(2);
    const run = async (name: string, models: readonly string[]) => {
      const scores = join(folder, name);
      const flags = ['--data', data, ...here, '--json', '--scores', scores];
      const { stdout } = await audiozoo(['evaluate', '--model', ...models, ...flags]);
      return { rows: rowsOf(scores), report: reportOf(stdout) };
    };
    const [a, b, both] = [
      await run('a', [digits]),
      await run('b', [deaf]),
      await run('both', [digits, deaf]),
    ];
    const mean = a.rows.map((row, place) => row.map((score, label) => (score + b.rows[place]![label]!) / 2));
    expect(largestDifference(both.rows, mean)).toBeLessThan(scoreTolerance);
    expect(largestDifference(both.rows, a.rows)).toBeGreaterThan(0.1); // or averaging would show nothing
    expect(both.report.models).toEqual([a.report.models[0], b.report.models[0]]);
    expect(both.report.models[1]).toMatchObject({ model: deaf, clips: 30, mAP: b.report.mAP });
  });

  test('cuts clips at the window, as the official dataloader', async () => {
    const long = join(temporaryFolder(), 'long.wav');
    const [zero, seven] = [0, 21].map((place) => readFileSync(join(clipFolder, clipNames[place]!)));
    const samples = Buffer.concat([zero!.subarray(44), seven!.subarray(44), seven!.subarray(44)]);
    const header = Buffer.from(zero!.subarray(0, 44));
    header.writeUInt32LE(36 + samples.length, 4);
    header.writeUInt32LE(samples.length, 40);
    writeFileSync(long, Buffer.concat([header, samples]));

    const [scores, logits] = [`${long}.scores.npy`, `${long}.logits.npy`];
    const flags = ['--data', dataFile([{ wav: long, labels: 'zero' }]), '--scores', scores];
    expect((await audiozoo(['evaluate', '--model', digits, ...flags])).exitCode).toBe(0);
    await audiozoo(['classify', long, '--model', digits, '--duration', '1.3', '--logits', logits]);
    const expected = rowsOf(logits).map((row) => row.map((logit) => 1 / (1 + Math.exp(-logit))));
    expect(largestDifference(rowsOf(scores), expected)).toBeLessThan(cutTolerance);
  });

  test('leaves out clips that fail, lists them at the end, and exits with 1', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'notes.wav'), 'this is not sound, whatever its name says');
    const short = Buffer.from(readFileSync(join(clipFolder, clipNames[0]!)).subarray(0, 44 + 200));
    short.writeUInt32LE(200, 40);
    writeFileSync(join(folder, 'short.wav'), short);
    const bad = ['missing.wav', 'notes.wav', 'short.wav'].map((name) => join(folder, name));
    const data = dataFile([
      ...byName(clipNames.slice(0, 6)),
      ...bad.map((wav) => ({ wav, labels: 'nine' })),
      ...byName(clipNames.slice(6)),
    ]);
    const scores = join(folder, 'scores.npy');
    const flags = ['--data', data, ...here, '--json', '--scores', scores, '--batch', '8'];
    const { exitCode, stdout, stderr } = await audiozoo(['evaluate', '--model', digits, ...flags], {
      cwd: folder,
    });
    expect(exitCode).toBe(1);
    const { clips, perClass, failed } = reportOf(stdout);
    expect(clips).toBe(30);
    expect(perClass[9]!.positives).toBe(3);
    expect(failed.map(({ file }) => file)).toEqual(bad);
    expect(stderr).toContain('3 of 33 clips failed');
    for (const file of bad) expect(stderr).toContain(`error: ${file}: `);
    const rows = rowsOf(scores);
    expect(rows.map((row) => row.every(Number.isFinite))).toEqual(
      rows.map((_, place) => place < 6 || place > 8),
    );

    // Mended, only what failed is heard.
    for (const path of bad) copyFileSync(join(clipFolder, '9_nine_en-us-f2.wav'), path);
    const again = await audiozoo(['evaluate', '--model', digits, ...flags], { cwd: folder });
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toContain('30 of 33 scores are in ');
    expect(reportOf(again.stdout)).toMatchObject({ clips: 33, failed: [] });
    expect(readdirSync(folder).filter((name) => name.endsWith('.progress'))).toEqual([]);
  });

  test('leaves no file of progress when every clip fails', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'notes.wav'), 'this is not sound');
    writeFileSync(join(cwd, 'eval.json'), JSON.stringify({ data: [{ wav: 'notes.wav', labels: 'one' }] }));
    const args = ['evaluate', '--model', digits, '--data', 'eval.json', '--json'];
    const { exitCode, stdout } = await audiozoo(args, { cwd });
    expect(exitCode).toBe(1);
    expect(reportOf(stdout)).toMatchObject({ clips: 0, mAP: null, mAUC: null, dPrime: null, accuracy: null });
    expect(readdirSync(cwd).sort()).toEqual(['eval.json', 'notes.wav']);
  });

  test.each([
    ['no JSON', '{"data":', /no data file: it is not valid JSON/],
    ['another list', '{"clips":[]}', /no list called "data"/],
    ['no clips', '{"data":[]}', /list is empty/],
    ['an entry without labels', '{"data":[{"wav":"a.wav"}]}', /entry 0 has no "wav" and "labels"/],
    ['an entry that is null', '{"data":[null]}', /entry 0 has no "wav"/],
    ['an unknown label', '{"data":[{"wav":"a.wav","labels":"ten"}]}', /entry 0, .*no class is "ten"/],
    [
      'no clip that is there',
      '{"data":[{"wav":"a.wav","labels":"one"}]}',
      /none of the clips .*--audio-folder/,
    ],
  ])('refuses a data file with %s', async (_title, text, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'eval.json'), text);
    const args = ['evaluate', '--model', digits, '--data', 'eval.json', '--json'];
    const { exitCode, stdout, stderr } = await audiozoo(args, { cwd: folder });
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(readdirSync(folder)).toEqual(['eval.json']);
  });

  test('refuses labels that are too few, and warns of those with other names', async () => {
    const folder = temporaryFolder();
    const few = join(folder, 'few.csv');
    writeFileSync(few, 'zero\none\n');
    const other = join(folder, 'other.csv');
    writeFileSync(other, readFileSync(labelFile, 'utf8').replace('"two"', '"deux"'));
    const args = ['evaluate', '--model', digits, '--data', dataFile(byName(clipNames.slice(0, 3))), ...here];
    const refused = await audiozoo([...args, '--labels', few]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/does not go with .*expected 2 labels.*got 12/);
    const warned = await audiozoo([...args, '--labels', other]);
    expect(warned.exitCode).toBe(0);
    expect(warned.stderr).toMatch(/warning: .*calls class 2 "two", .* "deux"/);
  });
});
