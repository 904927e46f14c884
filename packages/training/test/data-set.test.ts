import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { mostLabels } from '@audiozoo/core/plugin';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classFolders } from '../src/data/class-folders.js';
import { parseClipTable } from '../src/data/clip-table.js';
import { labelClips } from '../src/data/data-set.js';
import { parseOfficialJson } from '../src/data/official-json.js';
import { type DataSetOptions, readDataSet } from '../src/data/read-data-set.js';

const table = (text: string, labels?: Parameters<typeof labelClips>[1]) =>
  labelClips(parseClipTable(text, 'clips.csv'), labels);

describe('a table of clips', () => {
  test('names files and labels, in any order of its columns', () => {
    expect(table('label,file\nrain,b.wav\ndog,a.wav\n')).toEqual({
      labels: [{ name: 'dog' }, { name: 'rain' }],
      clips: [
        { file: 'b.wav', labels: [1] },
        { file: 'a.wav', labels: [0] },
      ],
    });
  });

  test('may say folds, and which part of a file a clip is', () => {
    const { clips } = table('file,label,fold,start,end\na.wav,dog,2,0.5,3\na.wav,dog,2,3,\nb.wav,dog,1,,\n');
    expect(clips).toEqual([
      { file: 'a.wav', labels: [0], fold: 2, start: 0.5, end: 3 },
      { file: 'a.wav', labels: [0], fold: 2, start: 3 },
      { file: 'b.wav', labels: [0], fold: 1 },
    ]);
  });

  test('may give a clip several labels, in one cell or in rows of their own', () => {
    const { labels, clips } = table('file,label\na.wav,"rain, dog"\nb.wav,cat\na.wav,cat\na.wav,dog\n');
    expect(labels.map(({ name }) => name)).toEqual(['cat', 'dog', 'rain']);
    expect(clips).toEqual([
      { file: 'a.wav', labels: [0, 1, 2] },
      { file: 'b.wav', labels: [0] },
    ]);
  });

  test('goes by labels that are given, whose names may hold commas', () => {
    const labels = [{ name: 'Rain, heavy', mid: '/m/1' }, { name: 'Dog' }];
    expect(table('file,label\na.wav,"Dog,Rain, heavy"\nb.wav,/m/1\n', labels)).toEqual({
      labels,
      clips: [
        { file: 'a.wav', labels: [0, 1] },
        { file: 'b.wav', labels: [0] },
      ],
    });
  });

  test('may say more, which is passed over', () => {
    expect(table('author,file,licence,label\nme,a.wav,CC0,dog\n').clips).toEqual([
      { file: 'a.wav', labels: [0] },
    ]);
  });

  test("may be ESC-50's own", () => {
    const text = 'filename,fold,target,category,esc10,src_file,take\n1-1-A-0.wav,1,0,dog,True,1,A\n';
    expect(table(text).clips).toEqual([{ file: '1-1-A-0.wav', labels: [0], fold: 1 }]);
  });

  test.each([
    ['no header', 'a.wav,dog\n', /it has no column file: expected a first line file,label/],
    ['a slip', 'file,label,folds\na,b,1\n', /it has a column "folds"/],
    ['another slip', 'file,label,start_time\na,b,1\n', /it has a column "start_time"/],
    ['a column twice', 'file,filename,label\na,b,c\n', /two columns for file/],
    ['no column for labels', 'file\na\n', /it has no column label/],
    ['no clips', 'file,label\n', /it holds no clips/],
    ['nothing at all', '', /it has no column file/],
    ['no file', 'file,label\na,b\n"",c\n', /clips\.csv, row 2, has no file/],
    ['no label', 'file,label\na.wav,\n', /row 1, has no label/],
    [
      'an empty label',
      'file,label\na.wav,"dog,"\n',
      /row 1, has a label that names no one class: no class is ""/,
    ],
    ['a fold that is none', 'file,label,fold\na,b,1\na,b,one\n', /row 2, has no fold: .*got "one"/],
    ['a time that is none', 'file,label,start\na,b,1e3\n', /row 1, has no start: expected seconds/],
    [
      'a time of weeks',
      'file,label,end\na,b,9999999\n',
      /row 1, has no end: expected seconds from 0 to 86400/,
    ],
    ['a negative time', 'file,label,start\na,b,-1\n', /row 1, has no start/],
    [
      'an end before its start',
      'file,label,start,end\na,b,2,2\n',
      /row 1, has no end: expected seconds after 2/,
    ],
    [
      'two folds of one clip',
      'file,label,fold\na,b,1\na,c,2\n',
      /row 2, has another fold .*expected 1, got 2/,
    ],
    ['rows of other lengths', 'file,label\na\n', /1 values instead of 2 in line 2/],
  ])('with %s is refused by its row', (_title, text, message) => {
    let thrown: unknown;
    try {
      table(text);
    } catch (error) {
      thrown = error;
    }
    expect(AudiozooError.isInstance(thrown, 'file')).toBe(true);
    expect((thrown as Error).message).toMatch(message);
  });

  test('with more labels than a model may have is refused', () => {
    const rows = Array.from({ length: mostLabels + 1 }, (_, place) => `a,${place}`);
    expect(() => table(`file,label\n${rows.join('\n')}`)).toThrow(/too many labels: expected at most/);
  });

  test('with a label that no class has is refused by its row', () => {
    const labels = [{ name: 'dog' }];
    expect(() => table('file,label\na.wav,dog\nb.wav,cat\n', labels)).toThrow(
      /clips.csv, row 2, has a label .*"cat"/,
    );
  });
});

describe('the official data file', () => {
  const labels = [
    { name: 'Speech', mid: '/m/09x0r' },
    { name: 'Bark', mid: '/t/dd00088' },
  ];

  test('names clips by machine identifiers, in the order of a label file', async () => {
    const text =
      '{"data":[{"wav":"/a/b.wav","labels":"/t/dd00088,/m/09x0r"},{"wav":"c.flac","labels":"Bark"}]}';
    expect(labelClips(await parseOfficialJson(text, 'train.json'), labels).clips).toEqual([
      { file: '/a/b.wav', labels: [0, 1] },
      { file: 'c.flac', labels: [1] },
    ]);
  });

  test('is refused by its entry', async () => {
    const read = async (text: string) => labelClips(await parseOfficialJson(text, 'train.json'), labels);
    await expect(read('{"data":[{"wav":"a","labels":"Bark"},{"wav":"b"}]}')).rejects.toThrow(
      'entry 1 has no "wav" and "labels"',
    );
    await expect(read('{"data":[{"wav":"a","labels":"Meow"}]}')).rejects.toThrow('train.json, entry 0, has');
    await expect(read('{"data":[]}')).rejects.toThrow('its list is empty');
    await expect(read('{"data":[')).rejects.toThrow('it is not valid JSON');
    await expect(read('[]')).rejects.toThrow('no list called "data"');
  });
});

describe('a folder for each class', () => {
  test('names clips by the outermost folder, at any depth, in an order that does not hang on the disk', () => {
    const paths = ['rain/2.wav', 'dog/monday/1.wav', 'rain/1.wav', 'README.md', 'dog/.DS_Store', '.git/x'];
    expect(classFolders(paths, 'sounds')).toEqual({
      labels: [{ name: 'dog' }, { name: 'rain' }],
      clips: [
        { file: 'dog/monday/1.wav', labels: [0] },
        { file: 'rain/1.wav', labels: [1] },
        { file: 'rain/2.wav', labels: [1] },
      ],
    });
  });

  test('goes by labels that are given, where some may have no clips', () => {
    const labels = [{ name: 'rain' }, { name: 'cat' }, { name: 'dog' }];
    expect(classFolders(['dog/1.wav'], 'sounds', labels)).toEqual({
      labels,
      clips: [{ file: 'dog/1.wav', labels: [2] }],
    });
    expect(() => classFolders(['dog/1', 'cow/1', 'owl/1'], 'sounds', labels)).toThrow(
      /folders that no label names: .*got cow, owl/,
    );
  });

  test('without clips is refused', () => {
    expect(() => classFolders(['1.wav', '2.wav'], 'sounds')).toThrow(/holds no clips: .*got 2 files/);
  });
});

describe('data sets on disk', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-data-'));
    const files = {
      'meta/clips.csv': '\u{FEFF}file,label\r\na.wav,dog\r\n/elsewhere/b.wav,cat\r\n',
      'meta/train.json': '{"data":[{"wav":"sub/a.wav","labels":"dog"}]}',
      'classes/dog/1.wav': '',
      'classes/cat/deep/2.wav': '',
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await symlink(join(folder, 'classes/dog/1.wav'), join(folder, 'classes/dog/link.wav'));
    await symlink(join(folder, 'classes'), join(folder, 'classes/dog/around'));
    await symlink(join(folder, 'nowhere'), join(folder, 'classes/dog/broken.wav'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const paths = async (name: string, options?: DataSetOptions) =>
    (await readDataSet(join(folder, name), options)).clips.map(({ path }) => path);

  test('have paths from the folder of their table, or from another', async () => {
    expect(await paths('meta/clips.csv')).toEqual([join(folder, 'meta/a.wav'), '/elsewhere/b.wav']);
    expect(await paths('meta/train.json')).toEqual([join(folder, 'meta/sub/a.wav')]);
    expect(await paths('meta/train.json', { audioFolder: '/audio' })).toEqual(['/audio/sub/a.wav']);
  });

  test('may be folders, with links to files but not to folders', async () => {
    expect(await paths('classes')).toEqual(
      ['cat/deep/2.wav', 'dog/1.wav', 'dog/link.wav'].map((name) => join(folder, 'classes', name)),
    );
  });

  test('that are not there, slips, and stops are errors', async () => {
    await expect(paths('nowhere.csv')).rejects.toThrow('nowhere.csv is not there');
    await expect(paths('meta/clips.csv', { label: [] } as DataSetOptions)).rejects.toThrow('`labels`');
    const signal = AbortSignal.abort();
    await expect(paths('meta/clips.csv', { signal })).rejects.toThrow('aborted');
    await expect(paths('classes', { signal })).rejects.toThrow('aborted');
  });
});
