import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

const commands = [
  ...['convert', 'init', 'train', 'average', 'models', 'pull'],
  ...[
    'classify',
    'embed',
    'tag',
    'work',
    'status',
    'cancel',
    'search',
    'outputs',
    'attention',
    'events',
    'listen',
    'evaluate',
    'features',
  ],
  ...['inspect', 'export', 'quantize', 'bench', 'doctor', 'completion', 'man'],
];
const zero = digitClip('0_zero');

describe('help', () => {
  test.each(commands)('of %s has examples', async (command) => {
    const { exitCode, stdout, stderr } = await audiozoo([command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toMatch(new RegExp(`\\$ .*audiozoo ${command} `));
    expect(stdout).toContain('--plugin');
    expect(stderr).toBe('');
  });

  test('of the whole lists every command', async () => {
    const { exitCode, stdout } = await audiozoo(['--help']);
    expect(exitCode).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test('says the version', async () => {
    const { version } = JSON.parse(readFileSync(fixture('cli/package.json'), 'utf8')) as { version: string };
    expect(await audiozoo(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a wrong command line exits with 2, says why, and prints nothing on stdout:', () => {
  const model = ['--model', digits];
  test.each<[string, readonly string[], RegExp]>([
    ['no command', [], /Usage: audiozoo/],
    ['an unknown command', ['clasify', zero], /unknown command 'clasify'[\s\S]*classify/],
    ['an unknown flag', ['classify', zero, ...model, '--topk', '3'], /unknown option '--topk'[\s\S]*--top-k/],
    ['an unknown flag of the whole', ['--frobnicate'], /unknown option '--frobnicate'/],
    ['no sound', ['classify', ...model], /missing required argument 'audio'/],
    ['no --model', ['classify', zero], /--model <dir>' not specified/],
    ['no --out', ['convert', 'a.pth'], /--out <dir>' not specified/],
    ['an argument too many', ['inspect', 'a.pth', 'b.pth'], /too many arguments/],
    ['--top-k 0', ['classify', zero, ...model, '--top-k', '0'], /--top-k.*whole number from 1/],
    ['--top-k 1.5', ['classify', zero, ...model, '--top-k', '1.5'], /whole number/],
    ['--threads x', ['classify', zero, ...model, '--threads', 'x'], /--threads.*whole number/],
    [
      '--device cuda:one',
      ['classify', zero, ...model, '--device', 'cuda:one'],
      /no device "cuda:one": .*cuda:NUMBER/,
    ],
    [
      '--device bogus',
      ['classify', zero, ...model, '--device', 'bogus'],
      /no device "bogus": expected auto, cpu/,
    ],
    ['--precision int3', ['classify', zero, ...model, '--precision', 'int3'], /float32, float16/],
    ['a negative --start', ['classify', zero, ...model, '--start', '-1'], /at least 0/],
    ['--duration 0', ['classify', zero, ...model, '--duration', '0'], /above 0/],
    ['--channel left', ['classify', zero, ...model, '--channel', 'left'], /from 0, or mean/],
    ['--resampling linear', ['classify', zero, ...model, '--resampling', 'linear'], /kaiser_best/],
    ['--dtype float64', ['convert', 'a.pth', '--out', 'd', '--dtype', 'float64'], /bfloat16/],
    [
      '--problem-type regression',
      ['convert', 'a.pth', '--out', 'd', '--problem-type', 'regression'],
      /multi_label/,
    ],
    ['--set 16', ['convert', 'a.pth', '--out', 'd', '--set', '16'], /Expected name=value/],
    [
      '--weights outside',
      ['export', ...model, '--out', 'a.onnx', '--weights', 'outside'],
      /inline, external/,
    ],
    ['--batch 0', ['bench', ...model, '--batch', '0'], /whole number/],
    ['a flag without its value', ['bench', '--model'], /argument missing/],
  ])('%s', async (_title, args, message) => {
    const { exitCode, stdout, stderr } = await audiozoo(args);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('--help');
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });
});

describe('a failure', () => {
  test('exits with 1, says so in one line, without a stack, and where it is explained', async () => {
    const { exitCode, stdout, stderr } = await audiozoo([
      'inspect',
      join(temporaryFolder(), 'none.pth'),
      '--json',
    ]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: .*none\.pth.*\n\(https:.*\/errors#file explains\)\n$/);
  });

  test.each([
    ['--verbose', ['--verbose'], {}],
    ['AUDIOZOO_DEBUG', [], { AUDIOZOO_DEBUG: '1' }],
  ])('shows its stack with %s', async (_title, flags, env) => {
    const { stderr } = await audiozoo(['inspect', 'none.pth', ...flags], { env });
    expect(stderr).toMatch(/\n {4}at /);
  });
});
