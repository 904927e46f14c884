import { execFileSync } from 'node:child_process';
import { symlinkSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ReadInputsOptions, readInputs } from '../src/index.js';
import { collect } from './collect.js';
import { temporaryFolder } from './temporary-folder.js';

const idsOf = async (inputs: readonly string[], options?: ReadInputsOptions) =>
  (await collect(readInputs(inputs, options))).map(({ entry }) => entry.id);

/** The sounds of a manifest of this name and text, which lies in a folder of its own. */
async function listed(name: string, text: string | Uint8Array, options?: ReadInputsOptions) {
  const folder = temporaryFolder({ [name]: text });
  const sounds = await collect(readInputs([join(folder, name)], options));
  return sounds.map(({ entry }) => ({ ...entry, source: entry.source.replace(folder, '.') }));
}

async function* bytes(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}

describe('files and folders', () => {
  test('a folder gives its sounds by the names in each folder, and passes over what is hidden or none', async () => {
    const folder = temporaryFolder({
      'b.wav': '',
      'B.MP3': '',
      'a/2.flac': '',
      'a/10.flac': '',
      'a/notes.txt': '',
      'a/.hidden.wav': '',
      '.cache/x.wav': '',
      'cover.jpg': '',
    });
    const passedOver: string[] = [];
    const ids = await idsOf([folder], { onPassedOver: (path) => passedOver.push(path) });
    expect(ids).toEqual(['B.MP3', 'a/10.flac', 'a/2.flac', 'b.wav'].map((path) => join(folder, path)));
    expect(passedOver.sort()).toEqual(
      ['.cache', 'a/.hidden.wav', 'a/notes.txt', 'cover.jpg'].map((path) => join(folder, path)),
    );
  });

  test('sounds carry their absolute path, their state, and seconds by their size and ending', async () => {
    const folder = temporaryFolder({ 'a.wav': Buffer.alloc(640_000), 'a.mp3': Buffer.alloc(640_000) });
    utimesSync(join(folder, 'a.wav'), 1000, 1000);
    const [mp3, wav] = await collect(readInputs([folder]));
    expect(wav).toEqual({
      entry: { id: join(folder, 'a.wav'), source: join(folder, 'a.wav'), version: '640000-1000000' },
      seconds: 10,
    });
    expect(mp3!.seconds).toBe(40);
  });

  test('a file that is named is taken whatever its ending, and its id is as it was named', async () => {
    const folder = temporaryFolder({ 'recording.dat': '' });
    const way = join(folder, '..', folder.split('/').at(-1)!, 'recording.dat');
    const [sound] = await collect(readInputs([way]));
    expect(sound!.entry).toMatchObject({ id: way, source: resolve(way) });
  });

  test('links are followed, but never in circles, and no folder is walked twice through links', async () => {
    const folder = temporaryFolder({ 'in/a.wav': '', 'in/deep/b.wav': '' });
    const elsewhere = temporaryFolder({ 'c.wav': '' });
    symlinkSync('..', join(folder, 'in/deep/up'));
    symlinkSync('in', join(folder, 'in-again'));
    symlinkSync(elsewhere, join(folder, 'x1'));
    symlinkSync(elsewhere, join(folder, 'x2'));
    symlinkSync('nowhere', join(folder, 'broken-folder'));
    symlinkSync(join(elsewhere, 'c.wav'), join(folder, 'y.wav'));
    symlinkSync(folder, join(elsewhere, 'back'));
    expect(await idsOf([folder])).toEqual(
      ['in/a.wav', 'in/deep/b.wav', 'x1/c.wav', 'y.wav'].map((path) => join(folder, path)),
    );
  });

  test('a link that leads nowhere is a sound if it is called as one, so that it is missed', async () => {
    const folder = temporaryFolder({});
    symlinkSync('nowhere', join(folder, 'a.wav'));
    const sounds = await collect(readInputs([folder]));
    expect(sounds).toEqual([
      { entry: { id: join(folder, 'a.wav'), source: join(folder, 'a.wav') }, seconds: 10 },
    ]);
  });

  test('no more names are taken than are asked for', async () => {
    const names = Array.from({ length: 300 }, (_, index) => [`${index}/a.wav`, `${index}/b.txt`]).flat();
    const folder = temporaryFolder(Object.fromEntries(names.map((name) => [name, ''])));
    const passedOver: string[] = [];
    for await (const { entry } of readInputs([folder], { onPassedOver: (path) => passedOver.push(path) })) {
      expect(entry.id).toBe(join(folder, '0/a.wav'));
      break;
    }
    expect(passedOver).toEqual([]);
    const stop = new AbortController();
    const walk = readInputs([folder], { signal: stop.signal });
    await walk.next();
    stop.abort(new Error('enough'));
    await expect(collect(walk)).rejects.toThrow('enough');
  });
});

describe('globs', () => {
  const files = {
    'a/1.wav': '',
    'a/1.txt': '',
    'a/b/2.wav': '',
    'a/b/2.xyz': '',
    'c/3.flac': '',
    'c/.d/4.wav': '',
    '5.wav': '',
  };

  test.each([
    ['*.wav', ['5.wav']],
    ['*/*', ['a/1.wav', 'c/3.flac']],
    ['**/*.wav', ['5.wav', 'a/1.wav', 'a/b/2.wav']],
    ['a/**', ['a/1.wav', 'a/b/2.wav']],
    ['{a,c}/[0-9].{wav,flac}', ['a/1.wav', 'c/3.flac']],
    ['**/*.xyz', ['a/b/2.xyz']],
    ['?/b/*', ['a/b/2.wav']],
  ])('%s', async (glob, expected) => {
    const folder = temporaryFolder(files);
    expect(await idsOf([join(folder, glob)])).toEqual(expected.map((path) => join(folder, path)));
  });

  test('folders in which nothing can be meant are not read', async () => {
    const folder = temporaryFolder(files);
    const passedOver: string[] = [];
    await idsOf([join(folder, 'a/*.wav')], { onPassedOver: (path) => passedOver.push(path) });
    expect(passedOver).toEqual([join(folder, 'a/1.txt')]);
  });

  test('a file whose name has the characters of one is that file', async () => {
    const folder = temporaryFolder({ 'take [1].wav': '', 'take 1.wav': '' });
    expect(await idsOf([join(folder, 'take [1].wav')])).toEqual([join(folder, 'take [1].wav')]);
  });
});

describe('manifests', () => {
  test('a text has a path or an address on each line, and its paths start from its folder', async () => {
    const text =
      '\uFEFFa.wav\r\n\r\n  sub/b c.mp3 \nhttps://Example.org/d%20e.wav?x=1\n/f.wav\ns3://bucket/g h#?.wav';
    expect(await listed('list.txt', text)).toEqual([
      { id: 'a.wav', source: './a.wav' },
      { id: 'sub/b c.mp3', source: './sub/b c.mp3' },
      { id: 'https://Example.org/d%20e.wav?x=1', source: 'https://example.org/d%20e.wav?x=1' },
      { id: '/f.wav', source: '/f.wav' },
      { id: 's3://bucket/g h#?.wav', source: 's3://bucket/g h#?.wav' },
    ]);
  });

  test('UTF-16, as PowerShell writes it, is read too', async () => {
    const text = Buffer.from('\uFEFFgrüße.wav\r\nb.wav\r\n', 'utf16le');
    expect((await listed('list.txt', text)).map(({ id }) => id)).toEqual(['grüße.wav', 'b.wav']);
  });

  test('a table has its columns in any order, and others beside them', async () => {
    const text =
      'label,End,path,id,start\ndog,2.5,"a, ""b"".wav",x,1\n\ncat,,c.wav,,\n"two\nlines",,d.wav,7,0\n';
    expect(await listed('list.csv', text)).toEqual([
      { id: 'x', source: './a, "b".wav', start: 1, end: 2.5 },
      { id: 'c.wav', source: './c.wav' },
      { id: '7', source: './d.wav', start: 0 },
    ]);
  });

  test.each(['file', 'path', 'url', 'source'])(
    '%s names the place, in tables and lines of JSON',
    async (name) => {
      expect(await listed('list.csv', `${name}\na.wav`)).toEqual([{ id: 'a.wav', source: './a.wav' }]);
      const line = JSON.stringify({ [name]: 'a.wav', id: 7, start: 0.5, end: null, label: 'dog' });
      expect(await listed('list.jsonl', `${line}\n`)).toEqual([{ id: '7', source: './a.wav', start: 0.5 }]);
    },
  );

  test('standard input has paths, addresses and lines of JSON, in pieces of any size', async () => {
    const standardInput = bytes('a.w', 'av\n{"path": "b.wav", ', '"id": "b"}\nhttp://h/c.wav', '\n');
    const sounds = await collect(readInputs(['-'], { standardInput }));
    expect(sounds.map(({ entry }) => entry)).toEqual([
      { id: 'a.wav', source: resolve('a.wav') },
      { id: 'b', source: resolve('b.wav') },
      { id: 'http://h/c.wav', source: 'http://h/c.wav' },
    ]);
  });

  test('standard input that gives no more is left when it is aborted', async () => {
    const standardInput = (async function* () {
      yield* bytes('a.wav\n'.repeat(64), 'b.wav\n');
      await new Promise(() => {});
    })();
    const stop = new AbortController();
    const reading = readInputs(['-'], { standardInput, signal: stop.signal });
    for (let count = 0; count < 64; count++) await reading.next();
    const next = reading.next();
    stop.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  test('files that are there are looked at, for their size and state; seconds of parts are what they say', async () => {
    const folder = temporaryFolder({
      'a.wav': Buffer.alloc(640_000),
      'list.jsonl':
        '{"path":"a.wav"}\n{"path":"a.wav","start":4}\n{"path":"a.wav","start":4,"end":6}\n{"path":"gone.wav"}\n{"url":"https://h/a.wav"}\n',
    });
    const sounds = await collect(readInputs([join(folder, 'list.jsonl')]));
    expect(sounds.map(({ seconds }) => seconds)).toEqual([10, 6, 2, 10, 10]);
    expect(sounds.map(({ entry }) => entry.version?.split('-')[0])).toEqual([
      '640000',
      '640000',
      '640000',
      undefined,
      undefined,
    ]);
  });

  test('passwords and signatures of addresses are in no id', async () => {
    const [entry] = await listed('list.txt', 'https://me:secret@h/a.wav?versionId=3&X-Amz-Signature=abc');
    expect(entry).toEqual({
      id: 'https://h/a.wav?versionId=3',
      source: 'https://me:secret@h/a.wav?versionId=3&X-Amz-Signature=abc',
    });
  });

  const unusable: readonly (readonly [string, string, string, RegExp])[] = [
    ['a file: address', 'list.txt', 'file:///etc/passwd', /list\.txt:2: .*http.*got "file:.*Name the path/],
    ['an address of another kind', 'list.txt', 'ftp://h/a.wav', /list\.txt:2: .*http, https or s3/],
    ['an address without a host', 'list.txt', 'http://', /list\.txt:2: /],
    ['a zero character', 'list.txt', 'a\0.wav', /list\.txt:2: /],
    ['a line that is too long', 'list.txt', 'a'.repeat(100_000), /list\.txt:2: .*too long.*16000/],
    ['a broken line of JSON', 'list.jsonl', '{"path": ', /list\.jsonl:2: .*not JSON/],
    ['JSON that is no object', 'list.jsonl', '["a.wav"]', /list\.jsonl:2: .*no JSON object/],
    [
      'an object without a place',
      'list.jsonl',
      '{"id": "a"}',
      /list\.jsonl:2: .*one of path, file, url, source/,
    ],
    ['two places', 'list.jsonl', '{"path":"a","url":"b"}', /list\.jsonl:2: .*path and url/],
    ['a place of the prototype', 'list.jsonl', '{"__proto__": {"path": "a.wav"}}', /list\.jsonl:2: .*one of/],
    ['a place that is no text', 'list.jsonl', '{"path": 7}', /list\.jsonl:2: .*no text/],
    ['an id that is none', 'list.jsonl', '{"path":"a.wav","id":{}}', /list\.jsonl:2: the id/],
    ['a start that is no time', 'list.jsonl', '{"path":"a.wav","start":"1"}', /list\.jsonl:2: the part/],
    [
      'an end before the start',
      'list.jsonl',
      '{"path":"a.wav","start":2,"end":1}',
      /list\.jsonl:2: the part/,
    ],
  ];
  const first: Readonly<Record<string, string>> = { 'list.txt': 'a.wav', 'list.jsonl': '{"path":"a.wav"}' };

  test.each(unusable)('%s is told of with its line, and the rest goes on', async (_, name, line, message) => {
    const text = `${first[name]}\n${line}\n${first[name]}\n`;
    await expect(listed(name, text)).rejects.toThrow(message);
    const told: string[] = [];
    const entries = await listed(name, text, { onUnusable: (error) => told.push(error.message) });
    expect(entries.length).toBe(2);
    expect(told).toEqual([expect.stringMatching(message)]);
    expect(told[0]!.length).toBeLessThan(1000);
  });

  test.each([
    ['a row that is too short', 'a.wav', /list\.csv:3: .*not as wide as the header.*3 values.*1/],
    ['a start that is no number', 'a.wav,now,', /list\.csv:3: .*start "now"/],
    ['a quotation mark within a value', 'a"b"c.wav,,', /list\.csv:3: .*quotation mark within/],
    ['no place', ',1,2', /list\.csv:3: /],
  ])('of a table, too: %s', async (_, row, message) => {
    const text = `path,start,end\na.wav,,\n${row}\nb.wav,,\n`;
    const told: string[] = [];
    const entries = await listed('list.csv', text, { onUnusable: (error) => told.push(error.message) });
    expect(entries.map(({ id }) => id)).toEqual(['a.wav', 'b.wav']);
    expect(told).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    ['list.csv', 'a.wav,1,2\nb.wav,1,2\n', /columns.*one of path, file, url, source/],
    ['list.csv', 'path,url\na,b\n', /columns/],
    ['list.csv', `path\n"${'a\n'.repeat(100_000)}`, /list\.csv:2: .*never closed/],
    ['list.csv', 'path\na.wav\n"b.wav', /list\.csv:3: .*never closed/],
    ['list.txt', Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a]), /not text.*UTF-8/],
    ['list.jsonl', Buffer.from([0x1f, 0x8b, 0x08, 0x00]), /not text.*unpack/],
  ])('%s that is none at all is refused (%#)', async (name, content, message) => {
    await expect(listed(name, content, { onUnusable() {} })).rejects.toThrow(message);
  });
});

describe('what is no input', () => {
  test('is refused before the first sound', async () => {
    const folder = temporaryFolder({ 'a.wav': '' });
    const reading = readInputs([join(folder, 'a.wav'), join(folder, 'b.wav')]);
    await expect(reading.next()).rejects.toThrow(/b\.wav" cannot be read: expected a file, a folder/);
    await expect(idsOf(['-'])).rejects.toThrow('no standard input');
    await expect(idsOf(['ftp://h/a.wav'])).rejects.toThrow(/http, https or s3/);
    await expect(idsOf(['file:///a.wav'])).rejects.toThrow(/Name the path/);
    await expect(idsOf(['s3:///'])).rejects.toThrow(/http, https or s3/);
  });

  test('nor is one without sound', async () => {
    const folder = temporaryFolder({ 'in/notes.txt': '', 'in/.a.wav': '', 'list.txt': '\n' });
    await expect(idsOf([join(folder, 'in')])).rejects.toThrow(
      /in" holds no sound: got 2 files that are hidden/,
    );
    await expect(idsOf([join(folder, 'list.txt')])).rejects.toThrow(/holds no sound/);
    await expect(idsOf([join(folder, 'in/*.wav')])).rejects.toThrow(/holds no sound/);
    await expect(idsOf([join(folder, 'gone/*.wav')])).rejects.toThrow(/gone cannot be read/);
  });

  test('a pipe is refused before it is opened', async () => {
    const folder = temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'pipe.txt')]);
    await expect(idsOf([join(folder, 'pipe.txt')])).rejects.toThrow(/a pipe or device.*`-`/);
  });
});
