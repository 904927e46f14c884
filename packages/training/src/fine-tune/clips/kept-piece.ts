// What is worked out once of some clips, in a file of the training's folder. Whoever finds it of something else, or damaged, makes it again.

import { type FileStore, readSafetensors, type SafetensorsFile } from '@audiozoo/core';
import { type SafetensorsEntry, writeSafetensors } from '@audiozoo/core/plugin';
import type { TrainingFolder } from '../kept/training-folder.js';

/** `subject` says what it was made of. */
export interface PieceName {
  readonly name: string;
  readonly subject: string;
}

/** What `use` makes of a file, which is open meanwhile; undefined where it is not there, of something else, or damaged. */
export async function readPiece<Piece>(
  folder: FileStore,
  { name, subject }: PieceName,
  use: (file: SafetensorsFile) => Promise<Piece> | Piece,
): Promise<Piece | undefined> {
  const source = await folder.open(name);
  if (!source) return undefined;
  try {
    const file = await readSafetensors(source);
    return file.metadata.subject === subject ? await use(file) : undefined;
  } catch {
    return undefined;
  } finally {
    await source.close();
  }
}

export function writePiece(
  folder: TrainingFolder,
  { name, subject }: PieceName,
  entries: readonly SafetensorsEntry[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  return folder.write(name, async (file) => {
    await writeSafetensors(file, entries, { metadata: { subject, ...metadata } });
  });
}

/** Removes files that are numbered from 0, without a gap. */
export async function removePieces(folder: TrainingFolder, nameOf: (piece: number) => string): Promise<void> {
  for (let piece = 0; ; piece++) {
    const source = await folder.open(nameOf(piece));
    if (!source) return;
    await source.close();
    await folder.remove(nameOf(piece));
  }
}
