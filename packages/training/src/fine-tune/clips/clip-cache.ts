// What clips are once they are decoded: kept, piece by piece, where the training is, so that an epoch reads in the place of decoding.
// Of the memory it takes a piece while clips are looked at, and then nothing.

import { readTensor, type SafetensorsFile, type StoredTensor, type Tensor } from '@audiozoo/core';
import { memoryEntry } from '@audiozoo/core/plugin';
import { settingsFingerprint } from '../kept/subject.js';
import type { TrainingFolder } from '../kept/training-folder.js';
import { type PieceName, readPiece, removePieces, writePiece } from './kept-piece.js';
import type { TrainingClip } from './training-clip.js';

/** Clips in a file: ten seconds at 32 kHz come to 20 MB. */
const pieceClips = 16;

/** A clip as a model hears it. */
export interface HeardClip {
  /** Its sound [samples] or features [frames, columns], no more than the model hears. */
  readonly values: Tensor<'float32'>;
  readonly samples: number;
  /** It goes on beyond what the model hears. */
  readonly isCut: boolean;
}

export interface ClipCacheOptions {
  readonly folder: TrainingFolder;
  /** Tells these clips from others of the folder: `training`, `validation`. */
  readonly set: string;
  readonly clips: readonly TrainingClip[];
  /** What is kept of them, and what made it. Files of something else, or of other clips, are made anew. */
  readonly subject: unknown;
}

/** Clips are known by their places in the set. */
export interface ClipCache {
  /** What is kept of a clip, whose values come with `read`. */
  find(place: number): Promise<Omit<HeardClip, 'values'> | undefined>;
  /** Of a clip that `find` finds. */
  read(place: number): Promise<Tensor<'float32'>>;
  /** Keeps a clip. Places ascend. */
  keep(place: number, heard: HeardClip): Promise<void>;
  /** Writes what is still in memory. */
  finish(): Promise<void>;
}

interface StoredClip extends Omit<HeardClip, 'values'> {
  readonly stored: StoredTensor;
}
type Piece = ReadonlyMap<number, StoredClip>;

const fileOf = (set: string, piece: number) => `clips-${set}-${piece}.safetensors`;

function clipsOf({ tensors, metadata }: SafetensorsFile): Piece {
  const told: Readonly<Record<string, Omit<StoredClip, 'stored'>>> = JSON.parse(metadata.clips!);
  return new Map(
    Object.entries(told).map(([place, clip]) => [Number(place), { ...clip, stored: tensors.get(place)! }]),
  );
}

export function clipCache({ folder, set, clips, subject }: ClipCacheOptions): ClipCache {
  const pieces = new Map<number, Piece | undefined>();
  let waiting = new Map<number, HeardClip>();
  const pieceOf = (place: number) => Math.floor(place / pieceClips);

  const nameOf = (piece: number): PieceName => {
    const some = clips.slice(piece * pieceClips, (piece + 1) * pieceClips);
    const heard = some.map(({ name, version }) => [name, version]);
    return { name: fileOf(set, piece), subject: settingsFingerprint([subject, heard]) };
  };
  const found = async (place: number): Promise<StoredClip | undefined> => {
    const piece = pieceOf(place);
    if (!pieces.has(piece)) pieces.set(piece, await readPiece(folder, nameOf(piece), clipsOf));
    return pieces.get(piece)?.get(place);
  };
  const finish = async () => {
    const [first] = waiting.keys();
    if (first === undefined) return;
    const piece = pieceOf(first);
    const told = Array.from(waiting, ([place, { samples, isCut }]) => [place, { samples, isCut }] as const);
    await writePiece(
      folder,
      nameOf(piece),
      Array.from(waiting, ([place, { values }]) => memoryEntry(`${place}`, values)),
      { clips: JSON.stringify(Object.fromEntries(told)) },
    );
    pieces.delete(piece);
    waiting = new Map();
  };

  return {
    async find(place) {
      const kept = await found(place);
      return kept && { samples: kept.samples, isCut: kept.isCut };
    },
    async read(place) {
      const { stored } = (await found(place))!;
      const source = (await folder.open(fileOf(set, pieceOf(place))))!;
      try {
        return (await readTensor({ ...stored, source })) as Tensor<'float32'>;
      } finally {
        await source.close();
      }
    },
    async keep(place, heard) {
      // A clip that could not be heard when the others were: they stay.
      if (pieces.get(pieceOf(place))) return;
      const [first = place] = waiting.keys();
      if (pieceOf(first) !== pieceOf(place)) await finish();
      waiting.set(place, heard);
    },
    finish,
  };
}

/** All that is kept of a set. */
export function removeClips(folder: TrainingFolder, set: string): Promise<void> {
  return removePieces(folder, (piece) => fileOf(set, piece));
}
