// A few spoken digits to train on, and how to train.

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digitClip, digits } from './audiozoo.js';

const names = [
  '0_zero',
  '1_one',
  '2_two',
  '3_three',
  '4_four',
  '5_five',
  '6_six',
  '7_seven',
  '8_eight',
  '9_nine',
];
const classOf = (name: string) => (name < '5' ? 'small' : 'large');

/** Writes `clips.csv`: ten digits of two classes in two folds. */
export function digitTable(folder: string): string {
  const rows = names.map((name, place) => `${digitClip(name)},${classOf(name)},${(place % 2) + 1}`);
  const path = join(folder, 'clips.csv');
  writeFileSync(path, `file,label,fold\n${rows.join('\n')}\n`);
  return path;
}

/** Makes a folder for each class, with the same digits inside. */
export function digitFolders(folder: string): string {
  const path = join(folder, 'recordings');
  for (const name of names) {
    mkdirSync(join(path, classOf(name)), { recursive: true });
    cpSync(digitClip(name), join(path, classOf(name), `${name}.wav`));
  }
  return path;
}

/** The command that trains the bundled model on them. */
export const training = (data: string, out: string, ...flags: readonly string[]) => [
  ...['train', '--model', digits, '--data', data, '--out', out, '--device', 'cpu', '--threads', '1'],
  ...flags,
];

/** What tells weights apart. */
export function weightsOf(out: string): string {
  return createHash('sha256')
    .update(readFileSync(join(out, 'model.safetensors')))
    .digest('hex');
}
