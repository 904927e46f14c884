import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { audiozoo } from './audiozoo.js';

const hasGroff = spawnSync('groff', ['--version']).status === 0;

test.skipIf(!hasGroff)('the manual page has the help of every command (needs groff)', async () => {
  const { stdout: page } = await audiozoo(['man']);
  // Every warning of groff, and what people read, without overstrikes.
  const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-K', 'utf8', '-T', 'utf8', '-P', '-cbou'], {
    input: page,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^NAME\n +audiozoo - Audio models/m);
  expect(stdout).toMatch(/^AUDIOZOO CLASSIFY\n +Usage: audiozoo classify/m);
  expect(stdout).toMatch(/^ +--aggregate <how> /m);
  expect(stdout).toMatch(/^ +\$ audiozoo classify dog\.wav --model/m);
  expect(stdout).not.toContain('\u001b[');
});
