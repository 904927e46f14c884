import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audiozoo, digits, temporaryFolder } from './audiozoo.js';
import { clipFolder, clipNames, deafModel, reportOf, wordOf } from './evaluation.js';

describe('audiozoo evaluate --esc50', () => {
  /** Fold 1 has the digits 0 and 1, fold 2 has 2 and 3, and so on. */
  function esc50(change: (csv: string) => string = (csv) => csv): string {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'meta'));
    cpSync(clipFolder, join(folder, 'audio'), { recursive: true });
    const rows = clipNames.map((name) => {
      const digit = Number(name[0]);
      return [name, 1 + Math.floor(digit / 2), digit, wordOf(name), 'True', '100032', 'A'].join(',');
    });
    const csv = ['filename,fold,target,category,esc10,src_file,take', ...rows].join('\n');
    writeFileSync(join(folder, 'meta/esc50.csv'), change(csv));
    return folder;
  }

  test('has each fold judged by its own model, and gives their mean', async () => {
    const folder = esc50();
    const deaf = deafModel(4);
    const models = [digits, digits, deaf, digits, digits];
    const { exitCode, stdout } = await audiozoo([
      'evaluate',
      '--model',
      ...models,
      '--esc50',
      folder,
      '--json',
    ]);
    expect(exitCode).toBe(0);
    const report = reportOf(stdout);
    expect(report.models.map(({ fold, model, clips }) => [fold, model, clips])).toEqual(
      models.map((model, index) => [index + 1, model, 6]),
    );
    const accuracies = report.models.map(({ accuracy }) => accuracy);
    expect(accuracies[2]).toBeLessThan(
      Math.min(accuracies[0]!, accuracies[1]!, accuracies[3]!, accuracies[4]!),
    );
    expect(report.accuracy).toBeCloseTo(accuracies.reduce((a, b) => a + b) / 5, 12);
    expect(report.clips).toBe(30);

    const third = await audiozoo(['evaluate', '--model', deaf, '--esc50', folder, '--fold', '3', '--json']);
    expect(reportOf(third.stdout)).toMatchObject({ clips: 6, accuracy: accuracies[2] });
  });

  test('needs five models for five folds', async () => {
    const { exitCode, stderr } = await audiozoo(['evaluate', '--model', digits, '--esc50', esc50()]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/5 folds need 5 models.*got 1.*--fold/);
  });

  test.each([
    ['a clip outside its folder', (csv: string) => csv.replace('0_zero', '../0_zero'), /row 1 is damaged/],
    ['a sixth fold', (csv: string) => csv.replace(',1,0,', ',6,0,'), /row 1 is damaged/],
    ['other columns', (csv: string) => csv.replace('filename', 'file'), /columns filename, fold/],
    [
      'a category that the model has not',
      (csv: string) => csv.replace(',zero,', ',dog,'),
      /no class is "dog"/,
    ],
    ['no clip of the fold', (csv: string) => csv.replaceAll(',1,', ',2,'), /no clip of fold 1/],
    ['nothing', () => '', /holds no clips/],
  ])('refuses a table with %s', async (_title, change, message) => {
    const { exitCode, stderr } = await audiozoo([
      'evaluate',
      '--model',
      digits,
      '--esc50',
      esc50(change),
      '--fold',
      '1',
    ]);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(1);
  });
});

describe('audiozoo evaluate --speech-commands', () => {
  function speechCommands(list: (names: readonly string[]) => readonly string[]): string {
    const folder = temporaryFolder();
    const names = clipNames.map((name) => `${wordOf(name)}/${name}`);
    for (const [place, name] of names.entries()) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      copyFileSync(join(clipFolder, clipNames[place]!), join(folder, name));
    }
    writeFileSync(join(folder, 'testing_list.txt'), `${list(names).join('\n')}\n`);
    return folder;
  }

  test('judges the clips of the test list, and no others', async () => {
    const folder = speechCommands((names) => names.filter((name) => name.includes('en-us')));
    const { exitCode, stdout } = await audiozoo([
      'evaluate',
      '--model',
      digits,
      '--speech-commands',
      folder,
      '--json',
    ]);
    expect(exitCode).toBe(0);
    const report = reportOf(stdout);
    expect(report.clips).toBe(10);
    expect(report.accuracy).toBeGreaterThanOrEqual(0.9);
    expect(report.perClass.slice(0, 10).every(({ positives }) => positives === 1)).toBe(true);
  });

  test.each([
    ['leaves the folder', '../zero/a.wav', /no clip in line 1/],
    ['leaves the folder by its word', '../a.wav', /no clip in line 1/],
    ['names an unknown word', 'dog/a.wav', /line 1, .*no class is "dog"/],
  ])('refuses a list that %s', async (_title, line, message) => {
    const folder = speechCommands(() => [line]);
    const { exitCode, stderr } = await audiozoo(['evaluate', '--model', digits, '--speech-commands', folder]);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(1);
  });

  test('says when there is no list', async () => {
    const { exitCode, stderr } = await audiozoo([
      'evaluate',
      '--model',
      digits,
      '--speech-commands',
      temporaryFolder(),
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/testing_list\.txt is not there/);
  });
});

describe('a wrong command line of audiozoo evaluate', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['no data', ['--model', digits], /expected one of --data/],
    ['two data sets', ['--model', digits, '--data', 'a.json', '--esc50', 'b'], /expected one of --data/],
    ['no model', ['--data', 'a.json'], /--model <dir\.\.\.>' not specified/],
    [
      'a fold of another data set',
      ['--model', digits, '--data', 'a.json', '--fold', '1'],
      /--fold goes with --esc50/,
    ],
    ['a sixth fold', ['--model', digits, '--esc50', 'b', '--fold', '6'], /from 1 to 5/],
  ])('exits with 2: %s', async (_title, args, message) => {
    const { exitCode, stdout, stderr } = await audiozoo(['evaluate', ...args]);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});
