import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesOf, wavFile } from '../../../testing/wav-file.js';
import { assembleRecording } from '../../tasks/test/long-recording.js';
import { audiozoo, digitClip, digits, stub, temporaryFolder } from './audiozoo.js';

/** Seconds that an event's middle may be beside the digit's. */
const timeTolerance = 0.3;

const model = ['--model', digits];
const { id2label } = JSON.parse(readFileSync(join(digits, 'config.json'), 'utf8')) as {
  readonly id2label: Readonly<Record<number, string>>;
};
const digitsOnly = ['--hop', '0.2', '--on', '0.8', '--ignore', 'unknown,silence'];

interface Event {
  readonly label: string;
  readonly start: number;
  readonly end: number;
  readonly score: number;
  readonly index: number;
}

/** Samples as 16-bit PCM. */
const pcm16 = (samples: Float32Array) =>
  bytesOf(Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(sample, 1)) * 32767)));

const recording = await assembleRecording(['en-us-f2']);
function recordingFile(): string {
  const path = join(temporaryFolder(), 'digits.wav');
  writeFileSync(
    path,
    wavFile(pcm16(recording.samples), { format: 'int', bits: 16, sampleRate: recording.sampleRate }),
  );
  return path;
}

describe('audiozoo events', () => {
  test('finds every digit of a long recording at its time, and invents none', async () => {
    const { exitCode, stdout, stderr } = await audiozoo([
      'events',
      recordingFile(),
      ...model,
      ...digitsOnly,
      '--json',
    ]);
    expect(exitCode).toBe(0);
    const events = JSON.parse(stdout) as Event[];
    expect(events.map(({ label }) => label)).toEqual(recording.digits.map(({ label }) => label));
    for (const [place, digit] of recording.digits.entries()) {
      const { start, end, score } = events[place]!;
      expect(Math.abs((start + end) / 2 - (digit.start + digit.end) / 2)).toBeLessThan(timeTolerance);
      expect(score).toBeGreaterThan(0.8);
    }
    expect(stderr).toContain('10 events in');
  });

  test('gives bounding boxes with the mean of the score', async () => {
    const args = [
      'events',
      recordingFile(),
      ...model,
      '--hop',
      '0.1',
      '--ignore',
      'unknown,silence',
      '--json',
    ];
    const sebbs = [...args, '--post-processing', 'sebbs', '--step-filter', '0.8'];
    const { exitCode, stdout } = await audiozoo([...sebbs, '--on', '0.8']);
    expect(exitCode).toBe(0);
    const boxes = JSON.parse(stdout) as Event[];
    for (const { label, index, score } of boxes) {
      expect(id2label[index]).toBe(label);
      expect(score).toBeGreaterThan(0.8);
    }
    for (const digit of recording.digits) {
      const middles = boxes
        .filter(({ label }) => label === digit.label)
        .map(({ start, end }) => Math.abs((start + end) / 2 - (digit.start + digit.end) / 2));
      expect(Math.min(...middles), digit.label).toBeLessThan(timeTolerance);
    }
    const { stdout: seven } = await audiozoo([...sebbs, '--on', '0.8', '--only', 'seven']);
    expect(JSON.parse(seven)).toEqual(boxes.filter(({ label }) => label === 'seven'));
  });

  test('writes what other programs read', async () => {
    const file = recordingFile();
    const flags = [file, ...model, ...digitsOnly, '--only', 'seven,/m/digit02'];
    const [text, csv, audacity, webvtt] = await Promise.all(
      [[], ['--csv'], ['--audacity'], ['--webvtt']].map(
        async (format) => (await audiozoo(['events', ...flags, ...format])).stdout,
      ),
    );
    const wanted = recording.digits.filter(({ label }) => ['seven', 'two'].includes(label));
    const labels = wanted.map(({ label }) => label);
    expect(
      text!
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ +/).at(-1)),
    ).toEqual(labels);
    expect(text).toMatch(/^ +\d+\.\d\d – +\d+\.\d\d s +\d\d\.\d % {2}\w+$/m);

    const rows = csv!.trimEnd().split('\n');
    expect(rows[0]).toBe('start,end,label,score');
    expect(rows.slice(1).map((row) => row.split(',')[2])).toEqual(labels);
    expect(rows[1]).toMatch(/^\d+\.\d{3},\d+\.\d{3},\w+,0\.\d{4}$/);

    expect(
      audacity!
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[2]),
    ).toEqual(labels);
    const [head, ...cues] = webvtt!.trimEnd().split('\n\n');
    expect(head).toBe('WEBVTT');
    expect(cues.map((cue) => cue.split('\n')[1])).toEqual(labels);
    expect(cues[0]).toMatch(/^00:00:\d\d\.\d{3} --> 00:00:\d\d\.\d{3}\n/);
  });

  test('draws a timeline, and writes to a file', async () => {
    const folder = temporaryFolder();
    const [out, png] = [join(folder, 'events.csv'), join(folder, 'timeline.png')];
    const { exitCode, stdout } = await audiozoo([
      'events',
      recordingFile(),
      ...model,
      ...digitsOnly,
      ...['--csv', '--out', out, '--png', png],
    ]);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(12);
    const picture = readFileSync(png);
    expect(picture.toString('latin1', 0, 8)).toBe('\x89PNG\r\n\x1a\n');
    const [width, height] = [picture.readUInt32BE(16), picture.readUInt32BE(20)];
    expect(width).toBeGreaterThan(1024);
    expect(height).toBeGreaterThan(10 * 20); // a row for each digit
  });

  test('says so when nothing is found', async () => {
    const png = join(temporaryFolder(), 'timeline.png');
    const flags = [digitClip('7_seven'), ...model, '--only', 'two', '--png', png];
    const { exitCode, stdout, stderr } = await audiozoo(['events', ...flags]);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(stderr).toContain('0 events');
    expect(readFileSync(png).length).toBeGreaterThan(100);
  });

  test.each([
    [['--on', '1.5'], 2, /--on/],
    [['--on', '0.4', '--off', '0.5'], 2, /--off/],
    [['--median', '2'], 2, /odd/],
    [['--post-processing', 'sebbs', '--median', '3'], 2, /--median goes with --post-processing median/],
    [['--merge-ratio', '3'], 2, /--merge-ratio goes with --post-processing sebbs/],
    [['--csv', '--json'], 2, /cannot be used with/],
    [['--label', ' '], 2, /--label.*Expected words/],
    [['--only', 'sevn'], 1, /"sevn".*See --only/],
    [['--ignore', 'sevn'], 1, /"sevn".*See --ignore/],
    [['--window', '100'], 1, /window does not fit.*See --window/],
    [['--png', '/no/such/folder/a.png'], 1, /cannot be written/],
  ] as const)('refuses %j', async (flags, code, message) => {
    const { exitCode, stdout, stderr } = await audiozoo(['events', digitClip('7_seven'), ...model, ...flags]);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toMatch(message);
  });
});

describe('audiozoo classify in windows', () => {
  test('hears long sound whole when it is told how', async () => {
    const file = recordingFile();
    const run = async (...flags: string[]) => {
      const { exitCode, stdout } = await audiozoo(['classify', file, ...model, '--json', ...flags]);
      expect(exitCode).toBe(0);
      return (JSON.parse(stdout) as [{ labels?: Event[]; windows?: (Event & { labels: Event[] })[] }])[0];
    };
    const max = await run('--aggregate', 'max', '--hop', '0.2', '--top-k', '12');
    const loud = max.labels!.filter(({ score }) => score > 0.9).map(({ label }) => label);
    for (const { label } of recording.digits) expect(loud).toContain(label);
    const mean = await run('--hop', '0.2', '--top-k', '12');
    expect(mean.labels![0]!.score).toBeLessThan(max.labels![0]!.score);
    const { windows } = await run('--aggregate', 'none', '--top-k', '1', '--batch', '4');
    expect(windows!.length).toBeGreaterThan(15);
    expect(windows!.at(-1)!.end).toBeCloseTo(recording.samples.length / recording.sampleRate, 3);
    expect(windows!.every(({ labels }) => labels.length === 1)).toBe(true);
  });

  test.each([
    [['--window', '1'], /--aggregate or --hop/],
    [['--aggregate', 'max', '--logits', 'x.npy'], /--logits/],
    [['--aggregate', 'median'], /mean, max, none/],
  ] as const)('refuses %j', async (flags, message) => {
    const { exitCode, stderr } = await audiozoo(['classify', digitClip('7_seven'), ...model, ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('--model, several times', () => {
  test('averages the models, and names what all of them run on', async () => {
    const flags = [digitClip('7_seven'), '--json', ...model];
    const [one, two] = await Promise.all([
      audiozoo(['classify', ...flags]),
      audiozoo(['classify', ...flags, ...model]),
    ]);
    expect(two.exitCode).toBe(0);
    const [a, b] = [one, two].map(({ stdout }) => (JSON.parse(stdout) as [{ labels: Event[] }])[0].labels);
    expect(b!.map(({ label }) => label)).toEqual(a!.map(({ label }) => label));
    expect(b![0]!.score).toBeCloseTo(a![0]!.score, 6);
    expect(two.stderr.match(/spoken-digits on /g)).toHaveLength(2);
  });
});

describe('audiozoo listen', () => {
  const seven = recording.digits.find(({ label }) => label === 'seven')!;
  const around = recording.samples.subarray(
    Math.round((seven.start - 0.5) * recording.sampleRate),
    Math.round((seven.end + 0.5) * recording.sampleRate),
  );

  test.each([
    ['s16le', pcm16(around)],
    ['f32le', new Uint8Array(around.slice().buffer)],
  ])('hears raw samples, %s', async (format, input) => {
    const flags = ['--format', format, '--hop', '0.25', '--json'];
    const { exitCode, stdout } = await audiozoo(['listen', ...model, ...flags], { input });
    expect(exitCode).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { time: number; labels: Event[] });
    expect(lines.slice(0, -1).map(({ time }) => time)).toEqual(
      lines.slice(0, -1).map((_, hop) => (hop + 1) / 4),
    );
    expect(lines.at(-1)!.time).toBeCloseTo(around.length / recording.sampleRate, 6);
    expect(lines.map(({ labels }) => labels[0]!.label)).toContain('seven');
  });

  test('says it for people, and warns of half a sample', async () => {
    const input = Buffer.concat([pcm16(around), Buffer.of(1)]);
    const { exitCode, stdout, stderr } = await audiozoo(['listen', ...model, '--format', 's16le'], { input });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ +\d\.\d\d s +\d\d\.\d % {2}seven$/m);
    expect(stderr).toContain('ends within a sample');
  });

  test('ends when nobody reads on, though sound never does', () => {
    const command = `'${process.execPath}' '${stub}' listen --model '${digits}' < /dev/zero | head -n 2`;
    const { stdout, status } = spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 100_000 });
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  test('stops at Ctrl-C with 130 while it waits for sound', async () => {
    const child = spawn(process.execPath, [stub, 'listen', '--model', digits]);
    child.stdin.write(new Uint8Array(64_000));
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.stdout.once('data', () => child.kill('SIGINT'));
    expect(await ended).toBe(130);
  });

  test('refuses too little sound', async () => {
    const { exitCode, stderr } = await audiozoo(['listen', ...model], { input: new Uint8Array(0) });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: /m);
  });
});

describe('audiozoo events --by-label', () => {
  const byLabel = (text: string) => {
    const path = join(temporaryFolder(), 'by-label.json');
    writeFileSync(path, text);
    return ['--by-label', path];
  };
  const hear = async (...flags: readonly string[]) => {
    const { exitCode, stdout, stderr } = await audiozoo([
      ...['events', recordingFile(), ...model, ...digitsOnly, '--json'],
      ...flags,
    ]);
    return { exitCode, stderr, events: exitCode === 0 ? (JSON.parse(stdout) as readonly Event[]) : [] };
  };

  test('smooths over seconds, of single labels other than of the others', async () => {
    const all = (await hear('--median-seconds', '0.6')).events;
    expect(all).toEqual((await hear('--median', '3')).events); // windows are 0.2 s apart
    const label = all[0]!.label;
    const others = all.filter((event) => event.label !== label);
    expect(others.length).toBeGreaterThan(0);
    const settings = JSON.stringify({ [label]: { medianSeconds: 30 } });
    expect((await hear(...byLabel(settings))).events).toEqual(others);
  });

  test.each([
    ['labels that the model does not have', '{"bird": {"on": 0.3}}', /bird/],
    ['what nobody knows', '{"one": {"treshold": 0.3}}', /treshold/],
    ['what is no JSON', '{', /by-label\.json/],
  ])('refuses %s', async (_title, text, message) => {
    const { exitCode, stderr } = await hear(...byLabel(text));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
  });
});
