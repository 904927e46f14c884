// Labels, lists of clips, and progress: what the command reads besides.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readEsc50 } from '../../../packages/cli/src/evaluation/esc50.js';
import { readOfficialJson } from '../../../packages/cli/src/evaluation/official-json.js';
import { openProgressFile } from '../../../packages/cli/src/evaluation/progress-file.js';
import { readSpeechCommands } from '../../../packages/cli/src/evaluation/speech-commands.js';
import { parseLabels } from '../../../packages/cli/src/input/label-file.js';
import { createLabelIndex } from '../../../packages/core/src/model/label-index.js';
import { parseClipTable } from '../../../packages/training/src/data/clip-table.js';
import { labelClips } from '../../../packages/training/src/data/data-set.js';
import { mutated, mutatedJson } from '../mutations.js';
import type { FuzzedReader } from '../reader.js';
import { decode, encode } from './fixture.js';

const labels = [{ name: 'dog', mid: '/m/0' }, { name: 'rain, heavy', mid: '/m/1' }, { name: 'Speech' }];
const labelIndex = createLabelIndex(labels);

/** Reads a file that is named by its path, in a folder that goes. */
async function inFolder(
  path: string,
  content: Uint8Array,
  read: (folder: string) => Promise<unknown>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-fuzz-'));
  try {
    await mkdir(join(folder, 'meta'));
    writeFileSync(join(folder, path), content);
    await read(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const csvSeeds = [
  'index,mid,display_name\n0,/m/0,"Speech"\n1,/m/1,"Male speech, man speaking"\n',
  'dog\nrooster\n"rain, heavy"\n',
  '\u{FEFF}0,/m/a,a\r\n\r\n1,/m/b,"b""c"\r\n',
].map(encode);
const csvPieces = fc
  .array(
    fc.constantFrom('"', ',', '\n', '\r\n', '\r', ' ', 'a', '0', '1', 'index', 'mid', 'display_name', '\0'),
    {
      maxLength: 60,
    },
  )
  .map((pieces) => encode(pieces.join('')));

const esc50Seed = encode('filename,fold,target,category\n1-1-A-0.wav,1,0,dog\n5-2-B-1.wav,5,1,Speech\n');
const clipTableSeeds = [
  'file,label,fold,start,end\na.wav,"dog,rain",1,0.5,2\nb.wav,dog,2,,\n',
  'filename,fold,target,category\na.wav,1,0,dog\na.wav,1,1,rain\n',
].map(encode);
const officialSeed = {
  data: [
    { wav: 'a.wav', labels: '/m/0,/m/1' },
    { wav: 'b.wav', labels: 'rain, heavy' },
  ],
};

const subject = { models: 'm', clips: 'c', settings: 's' };
const progressLabels = 3;
const progressSeed = await (async () => {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-fuzz-'));
  try {
    const path = join(folder, 'progress');
    const file = await openProgressFile(
      path,
      subject,
      progressLabels,
      () => {},
      new AbortController().signal,
    );
    const stamp = { bytes: 1, modified: 2 };
    const scores = Float32Array.of(0.1, 0.2, 0.7);
    await file.append([0, 1].map((clip) => ({ model: 0, clip, stamp, scores })));
    await file.close();
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
})();

export const dataFileReaders: readonly FuzzedReader[] = [
  {
    name: 'label-file',
    files: fc.oneof(mutated(csvSeeds), csvPieces),
    read: async (input) => void parseLabels(decode(input), 'labels.csv'),
  },
  {
    name: 'data-list',
    files: fc.oneof(mutated([encode(JSON.stringify(officialSeed))]), mutatedJson(officialSeed).map(encode)),
    read: (input) =>
      inFolder('data.json', input, (folder) =>
        readOfficialJson(join(folder, 'data.json'), folder, labelIndex),
      ),
  },
  {
    name: 'clip-table',
    files: fc.oneof(mutated(clipTableSeeds), csvPieces),
    read: async (input) => void labelClips(parseClipTable(decode(input), 'clips.csv')),
  },
  {
    name: 'esc50',
    files: fc.oneof(mutated([esc50Seed]), csvPieces),
    read: (input) => inFolder('meta/esc50.csv', input, (folder) => readEsc50(folder, folder, labelIndex)),
  },
  {
    name: 'speech-commands',
    files: mutated([encode('dog/a_nohash_0.wav\nSpeech/b_nohash_1.wav\r\n')]),
    read: (input) =>
      inFolder('testing_list.txt', input, (folder) => readSpeechCommands(folder, folder, labelIndex)),
  },
  {
    name: 'progress-file',
    files: mutated([progressSeed]),
    read: (input) =>
      inFolder('progress', input, async (folder) => {
        const { signal } = new AbortController();
        const path = join(folder, 'progress');
        const file = await openProgressFile(path, subject, progressLabels, () => {}, signal);
        await file.close();
      }),
  },
];
