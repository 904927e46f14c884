// Speech Commands as it is unpacked: a folder per word, and the test clips listed in testing_list.txt.

import { join } from 'node:path';
import { readTextFile } from '@audiozoo/core/disk';
import { type LabelIndex, quote, refusing } from '@audiozoo/core/plugin';
import type { Clip } from './clip.js';

/** The list of version 2 is 400 kB. */
const maxBytes = 5_000_000;

/** The test clips, in the list's order. Throws `file` errors when the list cannot be read or understood. */
export async function readSpeechCommands(
  folder: string,
  audioFolder: string,
  labels: LabelIndex,
): Promise<Clip[]> {
  const list = join(folder, 'testing_list.txt');
  const expected = 'lines such as right/bb05582b_nohash_3.wav';
  const refuse = refusing('file', `${list} is no test list of Speech Commands:`, { expected });
  const text = await readTextFile(list, maxBytes);
  const names = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (names.length === 0) throw refuse('no clips', { got: 'nothing' });
  return names.map((name, place) => {
    // The list comes from elsewhere: no path may lead out of the folder.
    const [, word, file] = /^([^/\\\0]+)\/([^/\\\0]+)$/.exec(name.trim()) ?? [];
    if (word === undefined || file === undefined || word === '..' || file === '..') {
      throw refuse(`no clip in line ${place + 1}`, { got: quote(name) });
    }
    return {
      name: `${word}/${file}`,
      path: join(audioFolder, word, file),
      labels: [labels.find(word, `${list}, line ${place + 1},`)],
    };
  });
}
