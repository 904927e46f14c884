// ESC-50 as it is downloaded: meta/esc50.csv (filename,fold,target,category,…) and the clips in audio/.

import { join } from 'node:path';
import { readTextFile } from '@audiozoo/core/disk';
import { type LabelIndex, parseCsv, quote, refusing } from '@audiozoo/core/plugin';
import type { Clip } from './clip.js';

/** The file is 100 kB. */
const maxBytes = 4_000_000;

/** Every clip with its fold, in the file's order. Throws `file` errors when it cannot be read or understood. */
export async function readEsc50(folder: string, audioFolder: string, labels: LabelIndex): Promise<Clip[]> {
  const path = join(folder, 'meta/esc50.csv');
  const expected = 'columns filename, fold (1 to 5) and category';
  const refuse = refusing('file', `${path} is not ESC-50's:`, { expected });
  const text = await readTextFile(path, maxBytes);
  const [header = [], ...rows] = parseCsv(text, path);
  if (rows.length === 0) throw refuse('it holds no clips');
  const [ofName, ofFold, ofCategory] = ['filename', 'fold', 'category'].map((name) => header.indexOf(name));
  return rows.map((row, place) => {
    const [filename = '', fold = '', category = ''] = [row[ofName!], row[ofFold!], row[ofCategory!]];
    // The file comes from elsewhere: a clip's name must stay inside the folder.
    const isName = /^[^/\\\0]+$/.test(filename) && filename !== '..';
    if (!isName || !/^[1-5]$/.test(fold) || !category) {
      const got = [filename, fold, category].map(quote).join(', ');
      throw refuse(`row ${place + 1} is damaged`, { got });
    }
    return {
      name: filename,
      path: join(audioFolder, filename),
      labels: [labels.find(category, `${path}, row ${place + 1},`)],
      fold: Number(fold),
    };
  });
}
