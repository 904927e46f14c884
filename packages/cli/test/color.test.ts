import { describe, expect, test } from 'vitest';
import { audiozoo, stub } from './audiozoo.js';
import { hasTerminal, onTerminal } from './terminal.js';

const colorCode = '\u001b[';
/** Of a person's shell, and none of what else decides on colors: NO_COLOR, FORCE_COLOR, CI and the like. */
const plain = { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm-256color' };

describe('where no person watches', () => {
  test.each([['doctor', '--help'], ['inspect', 'none.pth'], ['inspct']])(
    'there are no colors: %s',
    async (...args) => {
      const { stdout, stderr } = await audiozoo(args, { env: { TERM: 'xterm-256color' } });
      expect(stdout + stderr).not.toContain(colorCode);
      expect(stdout + stderr).toMatch(/Usage|error:/);
    },
  );
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
});
