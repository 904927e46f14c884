import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DetectionScore, type EventF1, eventF1, segmentF1, type TimedEvent } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { audiozoo, digits, fixture, temporaryFolder } from './audiozoo.js';
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
    const report = JSON.parse(stdout) as {
      files: number;
      segments: EventF1;
      hours: number;
      psds1: DetectionScore;
      failed: { file: string }[];
    };
    expect(report.files).toBe(names.length);
    expect(report.failed).toMatchObject([{ file: 'missing.wav' }]);
    const words = [...new Set(names.map(wordOf))];
    expect(report.psds1.perClass.map(({ label }) => label)).toEqual(words); // not of what is missing
    expect(report.psds1.score).toBeGreaterThan(0.5);
    expect(report.psds1.score).toBeLessThanOrEqual(1);
    expect(report.hours * 3600).toBeGreaterThan(0.3 * names.length);
    expect(report.hours * 3600).toBeLessThan(1.1 * names.length);
    expect(report.segments.overall.f1).toBeGreaterThan(0.9);
    expect(report.segments.overall.f1).toBeLessThanOrEqual(1);
  });

  test('gives errors alone where no recording could be heard', async () => {
    const events = file('gone.tsv', header, 'missing.wav\t0\t1\tone');
    const args = ['evaluate', '--events', events, '--model', digits];
    const { exitCode, stdout, stderr } = await audiozoo(args);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('missing.wav');
  });

  test('refuses a table that names no recording', async () => {
    const nothing = file('nothing.tsv', header);
    const args = ['evaluate', '--events', nothing, '--detected', there()];
    const { exitCode, stdout, stderr } = await audiozoo(args);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/names no recording.*See --events/);
  });

  test('ends at Ctrl-C, without figures', async () => {
    const names = clipNames.flatMap((name) =>
      Array.from({ length: 40 }, (_, n) => `${'./'.repeat(n)}${name}`),
    );
    const events = file('many.tsv', header, ...names.map((name) => `${name}\t0\t1\tone`));
    const args = ['evaluate', '--events', events, '--model', digits, '--audio-folder', clipFolder];
    const { exitCode, stdout } = await audiozoo(args, {
      onStderr: (text, kill) => text.includes(' on cpu') && kill('SIGINT'),
    });
    expect([exitCode, stdout]).toEqual([130, '']);
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

  test('warns where recordings of --detected are none of --events', async () => {
    const elsewhere = file('found.tsv', header, 'a\t0.6\t2.1\tbell', 'c\t0\t1\tbell');
    const { exitCode, stderr } = await audiozoo(['evaluate', '--events', there(), '--detected', elsewhere]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/warning: --events does not name a and 1 more of --detected/);
  });

  test('refuses labels that the model does not have', async () => {
    const { exitCode, stderr } = await audiozoo(['evaluate', '--events', there(), '--model', digits]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('dog, barking');
  });

  test.each([
    ['neither model nor events', ['--events', 'a.tsv'], /one of --model, --detected/],
    ['both', ['--events', 'a.tsv', '--model', 'm', '--detected', 'b.tsv'], /one of --model, --detected/],
    ['events and scores', ['--events', 'a.tsv', '--detected', 'b.tsv', '--detected-scores', 'c'], /one of/],
    ['events to judge by nothing', ['--detected', 'b.tsv', '--model', 'm'], /goes with --events/],
    ['scores to judge by nothing', ['--detected-scores', 'b', '--model', 'm'], /goes with --events/],
    ['an even median', ['--events', 'a.tsv', '--model', 'm', '--median', '2'], /--median is an odd/],
    ['two data sets', ['--events', 'a.tsv', '--data', 'a.json', '--model', 'm'], /data set of its own/],
    ['what is said of events, without any', ['--data', 'a.json', '--model', 'm', '--on', '0.2'], /--on goes/],
    [
      'all labels of no model',
      ['--events', 'a.tsv', '--detected-scores', 'b', '--all-labels'],
      /--all-labels/,
    ],
    ['a channel of no sound', ['--events', 'a.tsv', '--detected', 'b.tsv', '--channel', '1'], /--channel is/],
    ['a median of no scores', ['--events', 'a.tsv', '--detected', 'b.tsv', '--median', '3'], /--median is/],
    [
      'what events have no use for',
      ['--events', 'a.tsv', '--model', 'm', '--batch', '2'],
      /--batch does not/,
    ],
  ])('refuses %s', async (_title, args, message) => {
    const { exitCode, stderr } = await audiozoo(['evaluate', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});

interface ScoreCase {
  readonly name: string;
  readonly labels: readonly string[];
  readonly clips: readonly {
    readonly reference: readonly TimedEvent[];
    readonly times: readonly number[];
    readonly scores: readonly (readonly number[])[];
  }[];
  readonly psds1: { readonly score: number; readonly perClass: Readonly<Record<string, number>> };
  readonly psds2: ScoreCase['psds1'];
}

/** As sed_scores_eval judges them. */
const scoreCases = (
  JSON.parse(readFileSync(fixture('tasks/test/fixtures/event-metrics/cases.json'), 'utf8')) as {
    readonly psds: readonly ScoreCase[];
  }
).psds.filter(({ name }) => ['scores with ties', 'steps of uneven length'].includes(name));

/** A table of events, and tables of scores beside it. */
function writeScores({ labels, clips: scored }: ScoreCase): { events: string; folder: string } {
  const rows = scored.flatMap(({ reference }, clip) =>
    reference.length === 0
      ? [`${clip}.wav\t\t\t`]
      : reference.map(({ label, start, end }) => `${clip}.wav\t${start}\t${end}\t${label}`),
  );
  const events = file('events.tsv', header, ...rows);
  const folder = dirname(events);
  for (const [clip, { times, scores }] of scored.entries()) {
    const steps = scores.map((row, step) => [times[step], times[step + 1], ...row].join('\t'));
    writeFileSync(
      join(folder, `${clip}.tsv`),
      [['onset', 'offset', ...labels].join('\t'), ...steps].join('\n'),
    );
  }
  return { events, folder };
}

describe('audiozoo evaluate --events --detected-scores', () => {
  test.each(scoreCases)('gives the PSDS of $name that sed_scores_eval gives', async (scoreCase) => {
    const { events, folder } = writeScores(scoreCase);
    const { exitCode, stdout } = await audiozoo([
      ...['evaluate', '--events', events, '--detected-scores', folder, '--json'],
    ]);
    expect(exitCode).toBe(0);
    const report = JSON.parse(stdout) as { psds1: DetectionScore; psds2: DetectionScore };
    for (const figure of ['psds1', 'psds2'] as const) {
      const { score, perClass } = report[figure];
      expect(Math.abs(score - scoreCase[figure].score)).toBeLessThan(1e-12);
      for (const { label, score: own } of perClass) {
        expect(Math.abs(own - scoreCase[figure].perClass[label]!), label).toBeLessThan(1e-12);
      }
    }
  });

  test('passes over columns of labels without events, wherever they are', async () => {
    const [shortest] = scoreCases as [ScoreCase];
    const more = {
      ...shortest,
      labels: ['hum', ...shortest.labels, 'hiss'],
      clips: shortest.clips.map((clip) => ({
        ...clip,
        scores: clip.scores.map((row) => [0.3, ...row, 0.7]),
      })),
    };
    const [ours, theirs] = await Promise.all(
      [more, shortest].map(async (scoreCase) => {
        const { events, folder } = writeScores(scoreCase);
        const { stdout } = await audiozoo([
          ...['evaluate', '--events', events, '--detected-scores', folder, '--json'],
        ]);
        return JSON.parse(stdout) as { psds1: DetectionScore; psds2: DetectionScore };
      }),
    );
    expect(ours!.psds1).toEqual(theirs!.psds1);
    expect(ours!.psds2).toEqual(theirs!.psds2);
  });

  test('prints it beside the F1 of a threshold, and says whose scores are missing', async () => {
    const [shortest] = scoreCases;
    const { events, folder } = writeScores(shortest!);
    rmSync(join(folder, '0.tsv'));
    const { exitCode, stdout, stderr } = await audiozoo([
      ...['evaluate', '--events', events, '--detected-scores', folder, '--on', '0.4'],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/0\.wav: .*0\.tsv/);
    expect(stdout).toMatch(/events, ± 0\.2 s +F1/);
    expect(stdout).toMatch(/scores, 0\.16 h +PSDS1 +PSDS2\noverall +0\.\d{4} +0\.\d{4}\nbell/);
  });

  test('leaves out identifiers that no column has, and refuses such names', async () => {
    const folder = dirname(file('a.tsv', 'onset\toffset\t/m/0bt9lr\tHum', '0\t1\t0.9\t0.1'));
    const judge = (...rows: readonly string[]) => {
      const events = file('events.tsv', header, ...rows);
      return audiozoo(['evaluate', '--events', events, '--detected-scores', folder, '--json']);
    };
    const dog = 'a.wav\t0\t1\tDog';
    const { stdout, stderr } = await judge(dog, 'a.wav\t0\t1\t/m/0xyz');
    expect(stderr).toMatch(/1 events are left out.*\/m\/0xyz/);
    const { psds1 } = JSON.parse(stdout) as { psds1: DetectionScore };
    expect(psds1).toEqual({ score: 1, perClass: [{ label: 'Dog', score: 1 }] });
    const refused = await judge(dog, 'a.wav\t0\t1\tbell');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/the table of scores cannot be judged by these events.*got bell/);
  });

  test('refuses recordings of which one table would be', async () => {
    const events = file('events.tsv', header, 'day/a.wav\t0\t1\tbell', 'night/a.wav\t0\t1\tbell');
    const args = ['evaluate', '--events', events, '--detected-scores', dirname(events)];
    const { exitCode, stderr } = await audiozoo(args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/a\.tsv.*day\/a\.wav and night\/a\.wav/);
  });

  test.each([
    ['a gap', ['onset\toffset\tbell', '0\t1\t0.5', '2\t3\t0.5'], /no step of it.*2,3,0\.5/],
    ['no number', ['onset\toffset\tbell', '0\t1\t'], /no step of it/],
    ['other columns', ['start\tend\tbell', '0\t1\t0.5'], /onset, offset and labels/],
    ['a label twice', ['onset\toffset\tbell\tbell', '0\t1\t0.5\t0.5'], /two columns/],
    ['no row', ['onset\toffset\tbell'], /no rows/],
  ])('refuses a table with %s', async (_title, rows, message) => {
    const scores = file('a.tsv', ...rows);
    const events = file('events.tsv', header, 'a.wav\t0\t1\tbell');
    const { exitCode, stderr } = await audiozoo([
      ...['evaluate', '--events', events, '--detected-scores', dirname(scores)],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr.replaceAll('\n', ' ')).toMatch(message);
  });
});
