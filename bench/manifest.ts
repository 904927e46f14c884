// How fast a producer reads a manifest and cuts it into shards, and in how much memory: of addresses, and of parts of
// files that are there and are looked at. The goal is 5,000 entries a second in 200 MiB.
//
//   npm run build && npx tsx bench/manifest.ts [--lines N] [--json]

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readOptions, wholeNumber } from './command-line.js';
import { nextMessage, startProcess } from './fresh-process.js';
import { mebibytes, table } from './table.js';

interface Figures {
  readonly entries: number;
  readonly shards: number;
  readonly mostShardBytes: number;
  readonly seconds: number;
  readonly peakBytes: number;
}

const usage = 'Usage: npx tsx bench/manifest.ts [--lines N] [--json]';
const flags = readOptions(usage, {
  lines: { type: 'string', default: '1000000' },
  json: { type: 'boolean', default: false },
});
const lines = wholeNumber('lines', flags.lines, usage);
const files = 1000;

const manifests: Readonly<Record<string, (line: number) => string>> = {
  'addresses.txt': (line) => `https://sounds.example.org/archive/2026/recording-${line}.flac`,
  'parts.csv': (line) =>
    line === 0 ? 'path,id,start,end' : `${line % files}.wav,clip-${line},${line},${line + 10}`,
  'parts.jsonl': (line) => JSON.stringify({ path: `${line % files}.wav`, id: `clip-${line}`, start: line }),
};

const folder = await mkdtemp(join(tmpdir(), 'audiozoo-manifest-'));
const rows: ({ readonly manifest: string } & Figures)[] = [];
try {
  for (let file = 0; file < files; file++) await writeFile(join(folder, `${file}.wav`), '');
  for (const [manifest, line] of Object.entries(manifests)) {
    const path = join(folder, manifest);
    const text = function* () {
      for (let number = 0; number < lines; number++) yield `${line(number)}\n`;
    };
    await pipeline(Readable.from(text()), createWriteStream(path));
    const child = startProcess('cut-manifest.mjs');
    const ended = once(child, 'exit');
    child.send({ path });
    rows.push({ manifest, ...(await nextMessage<Figures>(child)) });
    await ended;
  }
} finally {
  await rm(folder, { recursive: true });
}

if (flags.json) console.log(JSON.stringify({ lines, rows }));
else {
  const head = ['manifest', 'entries', 'shards', 'largest', 'entries/s', 'peak memory'];
  const body = rows.map(({ manifest, entries, shards, mostShardBytes, seconds, peakBytes }) => [
    manifest,
    `${entries}`,
    `${shards}`,
    `${(mostShardBytes / 1000).toFixed(0)} kB`,
    (entries / seconds).toFixed(0),
    mebibytes(peakBytes),
  ]);
  console.log(table([head, ...body]));
}
