import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, siteUrl } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import { serveFiles } from '../../../testing/file-server.js';
import { wav16, wavFile } from '../../../testing/wav-file.js';
import { audiozoo, customBackend, digitClip, digits, fixture, stub, temporaryFolder } from './audiozoo.js';

/** Precise enough to tell models apart, loose enough for float16 weights. */
const scoreTolerance = 5e-3;

const zero = digitClip('0_zero');
const seven = digitClip('7_seven');
const model = ['--model', digits];

interface Entry {
  readonly file: string;
  readonly labels?: readonly { label: string; score: number; index: number; mid?: string }[];
  readonly error?: string;
}

const entriesOf = (stdout: string) => JSON.parse(stdout) as Entry[];
const bestOf = (stdout: string) => entriesOf(stdout).map(({ labels }) => labels?.[0]?.label);

describe('audiozoo classify', () => {
  test('says what it hears, for people', async () => {
    const { exitCode, stdout, stderr } = await audiozoo(['classify', zero, ...model, '--top-k', '2']);
    expect(exitCode).toBe(0);
    const [file, best, ...rest] = stdout.trimEnd().split('\n');
    expect(file).toBe(zero);
    expect(best).toMatch(/^ +\d+\.\d % {2}█+.* zero$/);
    expect(rest).toHaveLength(1);
    expect(stderr).toMatch(/spoken-digits on .*cpu/); // the device
  });

  test('says it for machines: only JSON on stdout, in the order asked', async () => {
    const { exitCode, stdout } = await audiozoo(['classify', seven, zero, ...model, '--json']);
    expect(exitCode).toBe(0);
    const entries = entriesOf(stdout);
    expect(entries.map(({ file }) => file)).toEqual([seven, zero]);
    expect(bestOf(stdout)).toEqual(['seven', 'zero']);
    const { labels = [] } = entries[0]!;
    expect(labels).toHaveLength(5);
    expect(labels[0]).toMatchObject({ label: 'seven', index: 7, mid: '/m/digit07' });
    expect(labels.map(({ score }) => score)).toEqual(labels.map(({ score }) => score).sort((a, b) => b - a));
    for (const { score } of labels) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  });

  test('hears what is at an address, and says which is not there', async () => {
    const server = await serveFiles();
    server.files.set('/seven.wav', readFileSync(seven));
    const addresses = [`${server.url}/seven.wav`, `${server.url}/eight.wav`];
    const { exitCode, stdout, stderr } = await audiozoo(['classify', ...addresses, ...model, '--json']);
    await server.close();
    expect([exitCode, bestOf(stdout)[0]]).toEqual([1, 'seven']);
    expect(stderr).toContain(`the server does not give ${addresses[1]}: got 404`);
  });

  test('gives all labels where fewer than --top-k are there', async () => {
    const { stdout } = await audiozoo(['classify', zero, ...model, '--json', '--top-k', '1000']);
    expect(entriesOf(stdout)[0]!.labels).toHaveLength(12);
  });

  test('goes on after a file that fails, says which, and exits with 1', async () => {
    const folder = temporaryFolder();
    const text = join(folder, 'notes.wav');
    writeFileSync(text, 'this is not sound, whatever its name says');
    const missing = join(folder, 'missing.wav');
    const logits = join(folder, 'logits.npy');

    const files = [zero, text, missing, seven];
    const { exitCode, stdout, stderr } = await audiozoo([
      'classify',
      ...files,
      ...model,
      '--json',
      '--logits',
      logits,
    ]);
    expect(exitCode).toBe(1);
    const entries = entriesOf(stdout);
    expect(entries.map(({ file }) => file)).toEqual(files);
    expect(bestOf(stdout)).toEqual(['zero', undefined, undefined, 'seven']);
    const [audio, file] = ['audio', 'file'].map((code) => `${siteUrl}errors#${code}`);
    expect(entries[1]).toEqual({ file: text, error: expect.stringMatching(/.{10}/), help: audio });
    expect(entries[2]).toEqual({
      file: missing,
      error: expect.stringContaining('missing.wav'),
      help: file,
    });
    expect(stderr).toContain(`error: ${text}: `);
    expect(stderr).toContain(`error: ${missing}: `);

    const { dtype, shape, data } = readNpy(readFileSync(logits));
    expect([dtype, shape]).toEqual(['float32', [4, 12]]);
    const rows = [0, 1, 2, 3].map((row) => Array.from(data.subarray(row * 12, row * 12 + 12), Number));
    expect(rows[1]).toEqual(new Array(12).fill(Number.NaN));
    expect(rows[2]).toEqual(new Array(12).fill(Number.NaN));
    expect(rows[0]!.indexOf(Math.max(...rows[0]!))).toBe(0);
    expect(rows[3]!.indexOf(Math.max(...rows[3]!))).toBe(7);
    expect(1 / (1 + Math.exp(-rows[0]![0]!))).toBeCloseTo(entries[0]!.labels![0]!.score, 6);
    expect(readdirSync(folder).sort()).toEqual(['logits.npy', 'notes.wav']);
  });

  test('fails with a line of where that is explained, one for all that fail so', async () => {
    const missing = ['one.wav', 'two.wav'];
    const { stderr } = await audiozoo(['classify', ...missing, ...model, '--quiet']);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^error: one\.wav: /),
      `(${siteUrl}errors#file explains)`,
      expect.stringMatching(/^error: two\.wav: /),
    ]);
  });

  test('warns once of a file whose chosen channel is silent while another sounds, and says how to hear that', async () => {
    const folder = temporaryFolder();
    const word = new Int16Array(readFileSync(zero).subarray(44).slice().buffer);
    const surround = join(folder, 'surround.wav');
    const silent = join(folder, 'silent.wav');
    const channels = 6;
    const values = new Int16Array(channels * word.length);
    for (const [frame, value] of word.entries()) values[channels * frame + 2] = value;
    const sampleRate = 22_050;
    writeFileSync(surround, wav16(values, { channels, sampleRate }));
    writeFileSync(silent, wav16(new Int16Array(word.length), { sampleRate }));
    const remark =
      `warning: ${surround} is silent in channel 0, which is heard, and loudest in channel 2: ` +
      'choose --channel 2, or --channel mean for all of them.';
    const args = ['classify', surround, silent, zero, ...model, '--json'];
    const warningsOf = (stderr: string) => stderr.match(/^warning: .*$/gm) ?? [];
    for (const flags of [[], ['--hop', '0.5', '--aggregate', 'mean'], ['--model', digits]]) {
      const { exitCode, stdout, stderr } = await audiozoo([...args, ...flags]);
      expect([exitCode, entriesOf(stdout).length]).toEqual([0, 3]);
      expect(warningsOf(stderr)).toEqual([remark]);
    }
    const mended = await audiozoo(['classify', surround, ...model, '--json', '--channel', '2']);
    expect([bestOf(mended.stdout), warningsOf(mended.stderr)]).toEqual([['zero'], []]);
    const mean = await audiozoo(['classify', surround, ...model, '--json', '--channel', 'mean']);
    expect(warningsOf(mean.stderr)).toEqual([]);
  });

  test('prints nothing on stdout when the model cannot be loaded', async () => {
    const { exitCode, stdout, stderr } = await audiozoo([
      'classify',
      zero,
      '--model',
      temporaryFolder(),
      '--json',
    ]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: .*config\.json/);
  });

  test.skipIf(process.platform === 'win32')('refuses what is no file at once, and goes on', async () => {
    const pipe = join(temporaryFolder(), 'pipe.wav');
    spawnSync('mkfifo', [pipe]);
    const { exitCode, stdout } = await audiozoo(['classify', pipe, '/dev/zero', zero, ...model, '--json']);
    expect(exitCode).toBe(1);
    const [first, second, third] = entriesOf(stdout);
    expect(first!.error).toContain('pipe.wav is not a file: expected a file, got a pipe');
    expect(second!.error).toContain('/dev/zero is not a file');
    expect(third!.labels![0]!.label).toBe('zero');
  });

  test('refuses hours of sound at a low rate before it makes millions of samples of them', async () => {
    const hours = join(temporaryFolder(), 'hours.wav');
    const sound = new Uint8Array(2_000_000).fill(128);
    writeFileSync(hours, wavFile(sound, { format: 'int', bits: 8, sampleRate: 100 }));
    const began = performance.now();
    const { stdout } = await audiozoo(['classify', hours, ...model, '--json']);
    expect(entriesOf(stdout)[0]!.error).toMatch(/longer than the model's window.*got 20000\.00/);
    expect(performance.now() - began).toBeLessThan(10_000); // it took half a minute
  });

  test('refuses sound longer than the window, and hears the part that is chosen', async () => {
    const long = join(temporaryFolder(), 'long.wav');
    writeFileSync(long, joinWavs([zero, seven, seven]));
    const whole = await audiozoo(['classify', long, ...model, '--json']);
    expect(whole.exitCode).toBe(1);
    expect(entriesOf(whole.stdout)[0]!.error).toMatch(/longer than the model's window.*--start/);

    const start = `${secondsOf(zero)}`;
    const part = await audiozoo([
      'classify',
      long,
      ...model,
      '--json',
      '--start',
      start,
      '--duration',
      `${secondsOf(seven)}`,
    ]);
    const alone = await audiozoo(['classify', seven, ...model, '--json']);
    expect(part.exitCode).toBe(0);
    expect(bestOf(part.stdout)).toEqual(['seven']);
    const [a, b] = [part, alone].map(({ stdout }) => entriesOf(stdout)[0]!.labels![0]!.score);
    expect(Math.abs(a! - b!)).toBeLessThan(scoreTolerance);
  });

  test('hears many files in batches, in the order asked', async () => {
    const names = ['5_five', '0_zero', '7_seven', '3_three', '0_zero', '9_nine'];
    const files = names.map(digitClip);
    const { exitCode, stdout, stderr } = await audiozoo([
      ...['classify', ...files, ...model, '--json', '--quiet'],
      ...['--batch', '4'],
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(entriesOf(stdout).map(({ file }) => file)).toEqual(files);
    expect(bestOf(stdout)).toEqual(names.map((name) => name.slice(2)));
  });

  test('fails a file that ends before --start', async () => {
    const { exitCode, stdout } = await audiozoo(['classify', zero, ...model, '--json', '--start', '100']);
    expect(exitCode).toBe(1);
    expect(entriesOf(stdout)[0]!.error).toMatch(/.{10}/);
  });

  test('takes --precision, --threads, --channel and --resampling', async () => {
    const flags = [
      '--threads',
      '1',
      '--precision',
      'float32',
      '--channel',
      'mean',
      '--resampling',
      'kaiser_best',
    ];
    const { exitCode, stdout } = await audiozoo([
      'classify',
      zero,
      ...model,
      '--json',
      '--device',
      'cpu',
      ...flags,
    ]);
    expect(exitCode).toBe(0);
    expect(bestOf(stdout)).toEqual(['zero']);
  });

  test('reads standard input for -', async () => {
    const { exitCode, stdout } = await audiozoo(['classify', '-', ...model, '--json'], {
      input: readFileSync(seven),
    });
    expect(exitCode).toBe(0);
    expect(entriesOf(stdout)[0]!.file).toBe('-');
    expect(bestOf(stdout)).toEqual(['seven']);
  });

  test('takes a file whose name begins with a dash after --', async () => {
    const folder = temporaryFolder();
    copyFileSync(zero, join(folder, '-zero.wav'));
    const { exitCode, stdout } = await audiozoo(['classify', ...model, '--json', '--', '-zero.wav'], {
      cwd: folder,
    });
    expect(exitCode).toBe(0);
    expect(bestOf(stdout)).toEqual(['zero']);
  });

  test('refuses, before it works, to write logits where nothing can be written', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'taken.npy'));
    for (const path of [join(folder, 'no/such/folder/a.npy'), join(folder, 'taken.npy')]) {
      const { exitCode, stdout, stderr } = await audiozoo(['classify', zero, ...model, '--logits', path]);
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/cannot be written/);
    }
  });

  test('says only results with --quiet', async () => {
    const { stderr } = await audiozoo(['classify', zero, ...model, '--quiet']);
    expect(stderr).toBe('');
  });

  test('takes a command line beyond 32 kB', async () => {
    const longName = join(temporaryFolder(), `${'z'.repeat(200)}.wav`);
    copyFileSync(zero, longName);
    const files = new Array(200).fill(longName) as string[];
    const { exitCode, stdout } = await audiozoo(['classify', ...files, ...model, '--json', '--top-k', '1']);
    expect(exitCode).toBe(0);
    expect(bestOf(stdout)).toEqual(files.map(() => 'zero'));
  });

  test('is silent when nobody reads on', () => {
    // Far more output than a pipe holds, so that the writer meets the closed end.
    const files = new Array(150).fill(`'${zero}'`).join(' ');
    const command = `'${process.execPath}' '${stub}' classify ${files} --model '${digits}' --top-k 12 --quiet | head -n 1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(stdout).toBe(`${zero}\n`);
    expect(stderr).toBe('');
  });

  test('stops at Ctrl-C with 130 and leaves no file', async () => {
    const folder = temporaryFolder();
    const files = new Array(3000).fill(zero) as string[];
    let killed = false;
    const { exitCode, stdout } = await audiozoo(
      ['classify', ...files, ...model, '--json', '--logits', join(folder, 'logits.npy')],
      {
        onStderr: (text, kill) => {
          if (killed || !text.includes('spoken-digits on')) return;
          killed = true;
          kill('SIGINT');
        },
      },
    );
    expect([exitCode, stdout]).toEqual([130, '']);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('--plugin', () => {
  const plugin = ['--plugin', customBackend];

  test("brings a third party's backend, chosen by --device", async () => {
    const { exitCode, stdout, stderr } = await audiozoo([
      'classify',
      seven,
      ...model,
      '--json',
      ...plugin,
      '--device',
      'plain-loops',
    ]);
    expect(stderr).toContain('plain JavaScript');
    expect(exitCode).toBe(0);
    expect(bestOf(stdout)).toEqual(['seven']);
  });

  test('names the backends there are when --device names none of them', async () => {
    const { exitCode, stderr } = await audiozoo([
      'classify',
      seven,
      ...model,
      ...plugin,
      '--device',
      'bogus',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/expected auto, cpu, cuda, webgpu, cuda:NUMBER, plain-loops/);
  });

  test("brings a third party's model, chosen by model_type", async () => {
    const folder = temporaryFolder();
    for (const name of ['preprocessor_config.json', 'model.safetensors']) {
      copyFileSync(join(digits, name), join(folder, name));
    }
    const config = JSON.parse(readFileSync(join(digits, 'config.json'), 'utf8')) as object;
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, model_type: 'another' }));
    const from = JSON.stringify(fixture('ast/dist/index.js'));
    const mine = `import { ast } from ${from}; export const models = [{ ...ast, type: 'another' }];`;
    writeFileSync(join(folder, 'mine.mjs'), mine);

    const without = await audiozoo(['classify', seven, '--model', folder, '--json']);
    expect([without.exitCode, without.stdout]).toEqual([1, '']);
    expect(without.stderr).toMatch(/got "another".*--plugin/);
    const flags = ['--json', '--plugin', join(folder, 'mine.mjs')];
    const { exitCode, stdout } = await audiozoo(['classify', seven, '--model', folder, ...flags]);
    expect(exitCode).toBe(0);
    expect(bestOf(stdout)).toEqual(['seven']);
  });

  test("refuses onnxruntime's flags for another backend", async () => {
    const { exitCode, stderr } = await audiozoo([
      'classify',
      seven,
      ...model,
      ...plugin,
      '--device',
      'plain-loops',
      '--threads',
      '2',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--threads');
  });

  test('finds modules from the working directory, and lists as default export', async () => {
    const folder = temporaryFolder();
    const from = JSON.stringify(customBackend);
    writeFileSync(join(folder, 'mine.mjs'), `import { backends } from ${from}; export default { backends };`);
    const { exitCode, stdout } = await audiozoo(
      ['classify', seven, ...model, '--json', '--plugin', './mine.mjs', '--device', 'plain-loops'],
      {
        cwd: folder,
      },
    );
    expect(exitCode).toBe(0);
    expect(bestOf(stdout)).toEqual(['seven']);
  });

  test.each([
    ['is not there', undefined, /cannot be imported/],
    ['brings nothing', 'export const answer = 42;', /brings nothing.*answer/],
    ['throws', "throw new Error('broken inside');", /broken inside/],
    [
      'brings something else as backends',
      'export const backends = [42];',
      /`backends` is not a list of backends/,
    ],
    [
      'has the name of a device',
      "export const backends = [{ name: 'cpu', load() {} }];",
      /has the name of a device, cpu/,
    ],
  ])('is refused when the module %s', async (_title, text, message) => {
    const path = join(temporaryFolder(), 'plugin.mjs');
    if (text !== undefined) writeFileSync(path, text);
    const { exitCode, stdout, stderr } = await audiozoo([
      'classify',
      seven,
      ...model,
      '--plugin',
      path,
      '--device',
      'cpu',
    ]);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([1, '']);
  });

  test('is refused when two bring a backend of one name', async () => {
    const other = join(temporaryFolder(), 'other.mjs');
    writeFileSync(other, "export default { name: 'plain-loops', load() {} };");
    const { exitCode, stderr } = await audiozoo(['classify', seven, ...model, ...plugin, '--plugin', other]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/two plug-ins bring the backend "plain-loops"/);
  });
});

/** Mono 16-bit WAVs of the bundled model, by their 44-byte header. */
function wav(path: string) {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 36, 40) !== 'data') throw new Error(`${path} has another header`);
  return { bytes, rate: bytes.readUInt32LE(24), data: bytes.subarray(44) };
}

function secondsOf(path: string): number {
  const { rate, data } = wav(path);
  return data.length / 2 / rate;
}

function joinWavs(paths: readonly string[]): Uint8Array {
  const data = Buffer.concat(paths.map((path) => wav(path).data));
  const header = Buffer.from(wav(paths[0]!).bytes.subarray(0, 44));
  header.writeUInt32LE(36 + data.length, 4);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
