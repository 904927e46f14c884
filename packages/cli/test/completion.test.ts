import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audiozoo } from './audiozoo.js';
import { hasTerminal, onTerminal } from './terminal.js';

const prompt = '%ready%';
const hasShell = (name: string) => spawnSync(name, ['-c', 'true']).status === 0;

/** How each shell is begun, and what it reads first: the script, and a command that shows what it is given. */
const shells = [
  {
    name: 'bash',
    begin: 'bash --noprofile --rcfile bash-start -i',
    start: `source ./completion.bash
audiozoo() { local IFS='|'; printf '@<%s>@\\n' "$*"; }
PS1=${prompt}`,
  },
  {
    name: 'zsh',
    begin: 'ZDOTDIR=. zsh -d -i',
    start: `autoload -Uz compinit && compinit -D -u
source ./completion.zsh
audiozoo() { printf '@<%s>@\\n' "\${(j:|:)@}" }
unsetopt prompt_cr prompt_sp list_beep auto_remove_slash
PS1=%${prompt}%`,
  },
  {
    name: 'fish',
    begin: 'fish --no-config --init-command "source fish-start"',
    start: `source ./completion.fish
function audiozoo; printf '@<%s>@\\n' (string join '|' -- $argv); end
function fish_prompt; echo ${prompt}; end`,
  },
] as const;
const startFile = { bash: 'bash-start', zsh: '.zshrc', fish: 'fish-start' };

const cases: readonly (readonly [title: string, typed: string, completed: string])[] = [
  ['a command', 'cla', 'classify'],
  ['a flag', 'classify --aggr', 'classify|--aggregate'],
  ['a flag that models bring', 'classify --fram', 'classify|--frames'],
  ['a choice', 'classify --aggregate me', 'classify|--aggregate|mean'],
  ['a choice behind =', 'classify --aggregate=me', 'classify|--aggregate=mean'],
  ['a choice that may be left out', 'tag --embed float1', 'tag|--embed|float16'],
  ['a device', 'bench --device webg', 'bench|--device|webgpu'],
  ['the name of a recipe', 'train --recipe speech', 'train|--recipe|speech-commands'],
  ['a recipe of a file', 'train --recipe my-r', 'train|--recipe|my-recipe.json'],
  ['the type of a model', 'convert a.pth --model-type effi', 'convert|a.pth|--model-type|efficientat'],
  ['a published model', 'classify dog.wav --model ced-t', 'classify|dog.wav|--model|ced-tiny'],
  ['a published model to pull', 'pull frame_mn1', 'pull|frame_mn10'],
  ['a folder as a model, and no file', 'classify --model my-m', 'classify|--model|my-models/'],
  ['a folder with a space in its name', 'bench --model other', 'bench|--model|other models/'],
  ['a sound file', 'classify do', 'classify|dog.wav'],
  ['a file as the value of a flag', 'embed --text do', 'embed|--text|dog.wav'],
  ['no file for a number', 'classify --top-k do', 'classify|--top-k|do'],
  ['no file where none goes', 'doctor do', 'doctor|do'],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audiozoo-completion-'));
  mkdirSync(join(folder, 'my-models'));
  mkdirSync(join(folder, 'other models'));
  for (const file of ['dog.wav', 'my-models.txt', 'my-recipe.json']) writeFileSync(join(folder, file), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!hasTerminal)('completion (needs `script` of Linux)', () => {
  describe.each(shells)('in $name', ({ name, begin, start }) => {
    describe.skipIf(!hasShell(name))(`(needs ${name})`, () => {
      let given: readonly (string | undefined)[];
      beforeAll(async () => {
        const { stdout, stderr, exitCode } = await audiozoo(['completion', name]);
        expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
        writeFileSync(join(folder, `completion.${name}`), stdout);
        writeFileSync(join(folder, startFile[name]), `${start}\n`);
        const screen = await onTerminal(begin, {
          cwd: folder,
          env: { PATH: process.env.PATH, HOME: folder, TERM: 'xterm', LANG: 'C.UTF-8' },
          prompt,
          lines: [...cases.map(([, typed]) => `audiozoo ${typed}\t\r`), 'exit\r'],
        });
        given = [...screen.matchAll(/@<(.*?)>@/g)].map(([, words]) => words);
      });

      test.each(cases.map(([title, , completed], place) => ({ title, completed, place })))(
        '$title',
        ({ completed, place }) => {
          expect(given[place]).toBe(completed);
        },
      );
    });
  });
});
