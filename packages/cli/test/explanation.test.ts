import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AudiozooError, siteUrl } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import { command } from '../src/commands/convert.js';
import { audioOptions } from '../src/flags/sound.js';
import { createProgram } from '../src/program.js';
import { explainError, whereExplained, whereFirstExplained } from '../src/session/explanation.js';

const convert = command(new AbortController().signal);

describe('an error in words of the command line', () => {
  test('has the flags of the command that was called', () => {
    const error = new AudiozooError({
      code: 'argument',
      what: 'it holds several',
      hint: 'Say which with `key`.',
      option: 'key',
    });
    expect(explainError(error, convert)).toBe('it holds several. Say which with --key.');
    expect(explainError(error, undefined)).toBe(error.message);
  });

  test('names the flag that has another name than the option', () => {
    const hint = 'Pass the plug-in that reads it in `models`.';
    const error = new AudiozooError({ code: 'model', what: 'it is unknown', hint, option: 'models' });
    expect(explainError(error, convert)).toBe('it is unknown. Pass the plug-in that reads it in --plugin.');
  });

  test.each([
    ['model', 'config.json', 'audiozoo convert'],
    ['model', 'head', 'audiozoo init'],
    ['argument', 'base', 'audiozoo pull'],
  ] as const)('says which command helps where %s errors miss %s', (code, missing, helper) => {
    const error = new AudiozooError({ code, what: 'it is not there', details: { missing } });
    expect(explainError(error, convert)).toContain(helper);
  });

  test('says where it is explained', () => {
    const error = new AudiozooError({ code: 'audio', what: 'it is no sound' });
    expect(whereExplained(error)).toBe(`(${siteUrl}errors#audio explains)`);
    expect(whereExplained(new TypeError('odd'))).toBeUndefined();
  });

  test('says so of the first of a kind alone', () => {
    const [first, second] = ['one', 'two'].map((what) => new AudiozooError({ code: 'shape' as const, what }));
    expect(whereFirstExplained(first)).toBe(whereExplained(first));
    expect(whereFirstExplained(second)).toBeUndefined();
    expect(whereFirstExplained(new TypeError('odd'))).toBeUndefined();
  });

  test('leaves what is no such error as it is', () => {
    expect(explainError(new TypeError('odd'), convert)).toBe('odd');
    expect(explainError('odd', convert)).toBe('odd');
  });
});

test('a note on sound names the flag, and is told once, however many models hear the file', () => {
  const told: string[] = [];
  const { signal } = new AbortController();
  const { onNote } = audioOptions({}, { signal, warn: (text) => told.push(text) });
  for (const file of ['a.wav', 'a.wav', 'b.wav']) onNote?.(`${file} is silent: choose \`channel\` 2.`);
  expect(told).toEqual(['a.wav is silent: choose --channel 2.', 'b.wav is silent: choose --channel 2.']);
});

test('no library names flags of the command, which it knows nothing of', async () => {
  const program = await createProgram(undefined, new AbortController().signal);
  const flags = new Set(program.commands.flatMap(({ options }) => options.map(({ long }) => long)));
  const packages = join(import.meta.dirname, '../..');
  const files = readdirSync(packages)
    .filter((name) => name !== 'cli')
    .flatMap((name) => {
      const sources = join(packages, name, 'src');
      const folder = existsSync(sources) ? sources : join(packages, name); // a package may be its files
      return readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.m?[jt]s$/.test(file) && !file.includes('node_modules'))
        .map((file) => join(folder, file));
    });
  const named = files.flatMap((file) => {
    const words = readFileSync(file, 'utf8').match(/(?<![\w-])--[a-z][a-z0-9-]*/g) ?? [];
    return words.filter((word) => flags.has(word)).map((word) => `${file}: ${word}`);
  });
  expect(flags.size).toBeGreaterThan(40);
  expect(files.length).toBeGreaterThan(200);
  expect(named).toEqual([]);
});
