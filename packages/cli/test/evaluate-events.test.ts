import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type EventF1, eventF1, segmentF1 } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { audiozoo, digits, temporaryFolder } from './audiozoo.js';
import { clipFolder, clipNames, labelFile, wordOf } from './evaluation.js';

const header = 'filename\tonset\toffset\tevent_label';

function file(name: string, ...rows: readonly string[]): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, `${rows.join('\n')}\n`);
  return path;
}

const there = () =>
  file(
    'there.tsv',
    header,
    'a.wav\t0.5\t2\tdog, barking',
    'a.wav\t3\t4\tbell',
    'b.wav\t\t\t',
    'c.wav\t0\t1\tbell',
  );
/** In another order of columns, by commas. */
const found = () =>
  file(
    'found.csv',
    'event_label,filename,onset,offset',
    '"dog, barking",a.wav,0.6,2.1',
    'bell,b.wav,1,2',
    'bell,c.wav,0.5,1.4',
  );

const clips = [
  {
    reference: [
      { label: 'dog, barking', start: 0.5, end: 2 },
      { label: 'bell', start: 3, end: 4 },
    ],
    detected: [{ label: 'dog, barking', start: 0.6, end: 2.1 }],
  },
  { reference: [], detected: [{ label: 'bell', start: 1, end: 2 }] },
  {
    reference: [{ label: 'bell', start: 0, end: 1 }],
    detected: [{ label: 'bell', start: 0.5, end: 1.4 }],
  },
];

describe('audiozoo evaluate --events', () => {
  test('gives the F1 of events in a file, over all recordings of both files', async () => {
    const { exitCode, stdout } = await audiozoo([
      'evaluate',
      '--events',
      there(),
      '--detected',
      found(),
      '--json',
    ]);
    expect(exitCode).toBe(0);
    const report = JSON.parse(stdout) as { files: number; segments: EventF1; events: EventF1 };
    expect(report).toMatchObject({
      files: 3,
      segments: segmentF1(clips),
      events: eventF1(clips),
      failed: [],
    });
  });

  test('prints a line for each class, with a dash where there is no figure', async () => {
    const nothing = file('nothing.tsv', header);
    const { stdout } = await audiozoo(['evaluate', '--events', there(), '--detected', nothing]);
    expect(stdout).toMatch(/overall +– +– +0\.0000/);
    expect(stdout).toMatch(/dog, barking +– +– +0\.0000/);
  });

  test('hears the files with a model, and lists those that fail', async () => {
    const names = clipNames.slice(0, 6);
    const rows = names.map((name) => `${name}\t0\t1\t${wordOf(name)}`);
    const events = file('digits.tsv', header, ...rows, 'missing.wav\t0\t1\tone');
    const folder = ['--audio-folder', clipFolder];
    const args = ['evaluate', '--events', events, '--model', digits, ...folder, '--json'];
    const { exitCode, stdout, stderr } = await audiozoo(args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('missing.wav');
    const report = JSON.parse(stdout) as { files: number; segments: EventF1; failed: { file: string }[] };
    expect(report.files).toBe(names.length);
    expect(report.failed).toMatchObject([{ file: 'missing.wav' }]);
    expect(report.segments.overall.f1).toBeGreaterThan(0.9);
    expect(report.segments.overall.f1).toBeLessThanOrEqual(1);
  });

  test("takes AudioSet-Strong's table: identifiers for labels, segments for files", async () => {
    const columns = 'segment_id\tstart_time_seconds\tend_time_seconds\tlabel';
    const [first, , , second] = clipNames as [string, string, string, string];
    const names = readFileSync(labelFile, 'utf8').trim().split('\n').slice(1);
    const midOf = (file: string) => names.find((row) => row.endsWith(`,"${wordOf(file)}"`))!.split(',')[1]!;
    const row = (file: string, mid = midOf(file)) => `${file.replace('.wav', '')}\t0\t1\t${mid}`;
    const events = file('strong.tsv', columns, row(first), row(first, '/m/0xyz'), row(second));
    const args = ['evaluate', '--events', events, '--audio-folder', clipFolder, '--json'];
    const byModel = await audiozoo([...args, '--model', digits]);
    expect(byModel.exitCode, byModel.stderr).toBe(0);
    expect(byModel.stderr).toMatch(/1 events are left out.*\/m\/0xyz/);
    const report = JSON.parse(byModel.stdout) as { files: number; segments: EventF1 };
    expect(report.files).toBe(2);
    expect(report.segments.perClass.map(({ label }) => label)).toEqual([first, second].map(wordOf).sort());
    expect(report.segments.overall.f1).toBeGreaterThan(0.9);

    const all = await audiozoo([...args, '--model', digits, '--all-labels', '--on', '0.01']);
    const ofAll = JSON.parse(all.stdout) as { segments: EventF1 };
    expect(ofAll.segments.perClass.length).toBeGreaterThan(report.segments.perClass.length);

    const strong = file('dogs.tsv', columns, 'a_0\t0\t1\t/m/0bt9lr');
    const ours = file('found.tsv', header, 'a_0\t0\t1\tDog');
    const { stdout } = await audiozoo(['evaluate', '--events', strong, '--detected', ours, '--json']);
    expect((JSON.parse(stdout) as { events: EventF1 }).events.overall.f1).toBe(1);
  });

  test('refuses a table of none of its labels, and segments that several files could be', async () => {
    const columns = 'segment_id,start_time_seconds,end_time_seconds,label';
    const none = file('strong.tsv', columns, 'a_0,0,1,/m/0xyz');
    const refused = await audiozoo(['evaluate', '--events', none, '--model', digits]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('/m/0xyz');
    const events = file('strong.tsv', columns, 'a,0,1,one');
    for (const ending of ['wav', 'flac']) writeFileSync(join(dirname(events), `a.${ending}`), '');
    const { exitCode, stderr } = await audiozoo(['evaluate', '--events', events, '--model', digits]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/several files are called a:/);
  });

  test.each([
    ['a row that ends before it starts', [header, 'a.wav\t2\t1\tdog'], /is no event.*a\.wav,2,1,dog/],
    ['a row with half a time', [header, 'a.wav\t2\t\tdog'], /is no event/],
    ['no names of columns', ['a.wav\t1\t2\tdog'], /no column filename/],
    ['nothing', [''], /no column filename/],
  ])('refuses a list with %s', async (_title, rows, message) => {
    const { exitCode, stderr } = await audiozoo([
      ...['evaluate', '--events', file('bad.tsv', ...rows)],
      ...['--detected', found()],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr.replaceAll('\n', ' ')).toMatch(message);
  });

  test('refuses labels that the model does not have', async () => {
    const { exitCode, stderr } = await audiozoo(['evaluate', '--events', there(), '--model', digits]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('dog, barking');
  });

  test.each([
    ['neither model nor events', ['--events', 'a.tsv'], /one of --model and --detected/],
    ['both', ['--events', 'a.tsv', '--model', 'm', '--detected', 'b.tsv'], /one of --model and --detected/],
    ['events to judge by nothing', ['--detected', 'b.tsv', '--model', 'm'], /goes with --events/],
    ['two data sets', ['--events', 'a.tsv', '--data', 'a.json', '--model', 'm'], /data set of its own/],
  ])('refuses %s', async (_title, args, message) => {
    const { exitCode, stderr } = await audiozoo(['evaluate', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});
