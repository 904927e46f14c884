import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import { audiozoo, stub, temporaryFolder } from './audiozoo.js';
import { hasTerminal, onTerminal } from './terminal.js';

const colorCode = '\u001b[';
/** Of a person's shell, and none of what else decides on colors: NO_COLOR, FORCE_COLOR, CI and the like. */
const plain = { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm-256color' };

/** A command that warns: its sound ends before the header says so. */
function warned(): string[] {
  const folder = temporaryFolder();
  const file = join(folder, 'cut.wav');
  writeFileSync(file, wav16(new Int16Array(16_000), { lies: { dataSize: 64_000 } }));
  return ['features', file, '--out', join(folder, 'cut.npy')];
}

describe('where no person watches', () => {
  test.each([['doctor', '--help'], ['inspect', 'none.pth'], ['inspct']])(
    'there are no colors: %s',
    async (...args) => {
      const { stdout, stderr } = await audiozoo(args, { env: { TERM: 'xterm-256color' } });
      expect(stdout + stderr).not.toContain(colorCode);
      expect(stdout + stderr).toMatch(/Usage|error:/);
    },
  );

  test('warnings have none', async () => {
    const { stdout, stderr } = await audiozoo(warned(), { env: { TERM: 'xterm-256color' } });
    expect(stdout + stderr).not.toContain(colorCode);
    expect(stderr).toMatch(/^warning: .*cut\.wav ends early/);
  });
});

describe.skipIf(!hasTerminal)('on a terminal (needs `script` of Linux)', () => {
  const seen = (args: string, env: Record<string, string> = {}) =>
    onTerminal(`${process.execPath} ${stub} ${args}`, { env: { ...plain, ...env } });

  test.each([
    ['help has bold titles', 'doctor --help', '\u001b[1mUsage:\u001b[22m'],
    ['errors are red', 'inspect none.pth', '\u001b[31merror:\u001b[39m none.pth'],
    ['errors of the command line are red', 'inspct', '\u001b[31merror:\u001b[39m unknown command'],
  ])('%s', async (_title, args, text) => {
    expect(await seen(args)).toContain(text);
  });

  test.each(['doctor --help', 'inspect none.pth', 'inspct'])(
    'NO_COLOR takes colors away: %s',
    async (args) => {
      const text = await seen(args, { NO_COLOR: '1' });
      expect(text).not.toContain(colorCode);
      expect(text).toMatch(/Usage|error:/);
    },
  );

  test('warnings are yellow, also where results go elsewhere', async () => {
    const text = '\u001b[33mwarning:\u001b[39m ';
    expect(await seen(warned().join(' '))).toContain(text);
    expect(await seen(`${warned().join(' ')} --json > /dev/null`)).toContain(text);
  });

  test('NO_COLOR takes the color of warnings away', async () => {
    const text = await seen(warned().join(' '), { NO_COLOR: '1' });
    expect(text).not.toContain(colorCode);
    expect(text).toMatch(/^warning: .*cut\.wav ends early/);
  });

  test('problems that go to a file have no colors there', async () => {
    const log = join(temporaryFolder(), 'log');
    for (const [args, said] of [
      [warned().join(' '), 'warning: '],
      ['inspect none.pth', 'error: '],
    ] as const) {
      await seen(`${args} 2> ${log}`);
      const text = readFileSync(log, 'utf8');
      expect(text).not.toContain(colorCode);
      expect(text).toContain(said);
    }
  });
});
