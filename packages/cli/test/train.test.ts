import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '@audiozoo/core/disk';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, temporaryFolder } from './audiozoo.js';
import { digitFolders, digitTable, training, weightsOf } from './training.js';

describe('audiozoo train', () => {
  test('trains a head on a table of clips, judged by a fold, to a model that classifies', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'sizes');
    const command = training(digitTable(folder), out, '--fold', '2', '--epochs', '3');
    const { exitCode, stdout, stderr } = await audiozoo([...command, '--json']);
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/^epoch 3\/3: loss [\d.]+, rate/m)]);
    expect(JSON.parse(stdout)).toMatchObject({
      out,
      trainable: 'head',
      labels: ['large', 'small'],
      recipe: { epochs: 3 },
      clips: { training: 5, validation: 5 },
      epochs: [{ epoch: 1 }, { epoch: 2 }, { epoch: 3, validation: { accuracy: expect.any(Number) } }],
      bad: [],
    });
    const classified = await audiozoo(['classify', digitClip('7_seven'), '--model', out, '--json']);
    expect(JSON.parse(classified.stdout)[0].labels).toHaveLength(2);

    const before = weightsOf(out);
    const again = await audiozoo([...command, '--json']);
    expect([again.exitCode, again.stderr]).toEqual([
      0,
      expect.stringContaining('finished: nothing was done'),
    ]);
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse(stdout));
    const other = await audiozoo(training(digitTable(folder), out, '--fold', '1', '--epochs', '3'));
    expect([other.exitCode, other.stderr]).toEqual([
      1,
      expect.stringContaining('got a finished training with other clips'),
    ]);
    expect(weightsOf(out)).toBe(before);
  });

  test('trains on a folder for each class, a part of which is held out, by the last block', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'sizes');
    const flags = ['--hold-out', '0.2', '--trainable', 'last:1', '--epochs', '1', '--learning-rate', '1e-4'];
    const { exitCode, stdout } = await audiozoo(training(digitFolders(folder), out, ...flags));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Trained last:1, [\d,]+ numbers, on 8 clips of 2 classes\nEpoch 1 of 1: accuracy/,
    );
    expect(stdout).toMatch(/by 2 clips that were not trained on\n[\s\S]*\nWrote /);
  });

  test('cross-validates: a model for each fold, of the epoch that is best for all', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'sizes');
    const command = training(digitTable(folder), out, '--folds', '2', '--epochs', '3', '--json');
    const { exitCode, stdout } = await audiozoo(command);
    expect(exitCode).toBe(0);
    const { folds, epochs, chosen, mean } = JSON.parse(stdout);
    expect(folds).toHaveLength(2);
    expect(epochs).toHaveLength(3);
    expect(epochs[chosen - 1]).toMatchObject(mean);
    expect(mean.accuracy).toBe(Math.max(...epochs.map(({ accuracy }: { accuracy: number }) => accuracy)));
    expect(mean.accuracy).toBeCloseTo((folds[0].accuracy + folds[1].accuracy) / 2, 12);
    expect(readdirSync(out).sort()).toEqual(['cross-validation.json', 'fold-1', 'fold-2']);
    expect(readdirSync(join(out, 'fold-2')).filter((name) => /^epoch|^training\.s/.test(name))).toEqual([]);

    const again = await audiozoo(command);
    expect([again.exitCode, again.stdout]).toEqual([0, stdout]);
    const three = await audiozoo(training(digitTable(folder), join(folder, 'three'), '--folds', '3'));
    expect([three.exitCode, three.stderr]).toEqual([1, expect.stringContaining('expected 3, got 2: 1, 2')]);
  });

  test('keeps the head of a model that tells these very classes apart', async () => {
    const folder = temporaryFolder();
    const table = join(folder, 'clips.csv');
    const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    const rows = words.map((word, digit) => `${digitClip(`${digit}_${word}`)},${word},,`);
    const other = digitClip('unknown_elephant');
    const all = [...rows, `${other},unknown,,`, `${other},silence,0,0.1`];
    writeFileSync(table, `file,label,start,end\n${all.join('\n')}\n`);
    const command = training(table, join(folder, 'digits'), '--epochs', '1', '--json');
    const { labels, epochs } = JSON.parse((await audiozoo(command)).stdout);
    expect(labels.slice(0, 3)).toEqual(['zero', 'one', 'two']);
    expect(epochs[0].loss).toBeLessThan(1.5); // of a head that was made anew ln 12 = 2.48
  });

  test('measures what each kind of training would take, and leaves nothing', async () => {
    const folder = temporaryFolder();
    const args = ['train', '--model', digits, '--data', digitTable(folder), '--cost', '--json'];
    const { exitCode, stdout } = await audiozoo([...args, '--micro-batch', '2']);
    expect(exitCode).toBe(0);
    const { clips, microBatch, trainables } = JSON.parse(stdout);
    expect([clips, microBatch]).toEqual([10, 2]);
    expect(trainables.map(({ trainable }: { trainable: string }) => trainable)).toEqual([
      'head',
      'last:1',
      'all',
    ]);
    for (const { once, secondsPerEpoch, epochs, seconds } of trainables) {
      expect(secondsPerEpoch).toBeGreaterThan(0);
      expect(seconds).toBeCloseTo(once + epochs * secondsPerEpoch, 6);
    }
    expect(readdirSync(folder)).toEqual(['clips.csv']);
  });

  test('says which clips cannot be heard, and skips so many as it is told', async () => {
    const folder = temporaryFolder();
    const table = digitTable(folder);
    writeFileSync(table, `${readFileSync(table, 'utf8')}missing.wav,small,1\n`);
    const out = join(folder, 'sizes');
    const refused = await audiozoo(training(table, out, '--epochs', '1'));
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/missing\.wav.*--max-bad/)]);
    expect(existsSync(out)).toBe(false);
    const { exitCode, stdout } = await audiozoo(training(table, out, '--epochs', '1', '--max-bad', '1'));
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining('Left out, cannot be heard: missing.wav'),
    ]);
  });

  test('takes a folder in which it was killed before it said whose that is', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'sizes');
    mkdirSync(out);
    writeFileSync(join(out, 'embeddings-training-0.safetensors'), 'of something else');
    const { exitCode } = await audiozoo(training(digitTable(folder), out, '--epochs', '1'));
    expect(exitCode).toBe(0);
    // What was only of use on the way is gone.
    expect(readdirSync(out).sort()).toEqual([
      ...['README.md', 'config.json', 'log.jsonl', 'model.safetensors', 'preprocessor_config.json'],
      ...['report.html', 'training.json'],
    ]);
  });

  test('refuses a folder of something else, and one that another process trains into', async () => {
    const folder = temporaryFolder();
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'thesis.txt'), 'mine');
    const refused = await audiozoo(training(digitTable(folder), other));
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/other is not free.*got a folder with thesis\.txt.*--out/),
    ]);
    expect(readdirSync(other)).toEqual(['thesis.txt']);

    const busy = join(folder, 'busy');
    const unlock = await lockFolder(busy, 'training into');
    const second = await audiozoo(training(digitTable(folder), busy));
    await unlock();
    expect([second.exitCode, second.stderr]).toEqual([
      1,
      expect.stringContaining(`another process is training into the same folder: got process ${process.pid}`),
    ]);
  });

  test.each([
    [['--fold', '1', '--hold-out', '0.2'], '--hold-out and --fold do not go together.'],
    [['--folds', '2', '--patience', '3'], '--patience does not go with --folds'],
    [['--trainable', 'tail'], 'Expected head, last:N, all or lora:R.'],
  ])('refuses %j', async (flags, message) => {
    const { exitCode, stderr } = await audiozoo(training('clips.csv', 'nowhere', ...flags));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test.each([
    [['--recipe', 'tasty'], 'there is no recipe "tasty"'],
    [['--fold', '7'], 'has no clips of fold 7: expected 1, 2'],
    [['--trainable', 'last:9'], 'expected last:1 to last:4, got last:9'],
    [['--trainable', 'all', '--batch-norms', 'trained'], 'has no batch norms that could train with all'],
  ])('refuses %j of these clips and this model', async (flags, message) => {
    const folder = temporaryFolder();
    const { exitCode, stderr } = await audiozoo(
      training(digitTable(folder), join(folder, 'nowhere'), ...flags),
    );
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });
});
