// What clips are once they are decoded: kept, piece by piece, where the training is, so that an epoch reads in the place of decoding.
// Of the memory it takes a piece while clips are looked at, and then nothing.

import { readSafetensors, readTensor, type StoredTensor, type Tensor } from '@audiozoo/core';
import { writeSafetensors } from '@audiozoo/core/plugin';
import { settingsFingerprint } from './subject.js';
import type { TrainingClip } from './training-clip.js';
import { removeNumbered, type TrainingFolder } from './training-folder.js';

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

interface KeptClip extends Omit<HeardClip, 'values'> {
  readonly stored: StoredTensor;
}
type Piece = ReadonlyMap<number, KeptClip>;

const fileOf = (set: string, piece: number) => `clips-${set}-${piece}.safetensors`;

export function clipCache({ folder, set, clips, subject }: ClipCacheOptions): ClipCache {
  const pieces = new Map<number, Piece | undefined>();
  let waiting = new Map<number, HeardClip>();
  const pieceOf = (place: number) => Math.floor(place / pieceClips);

  const subjectOf = (piece: number) => {
    const some = clips.slice(piece * pieceClips, (piece + 1) * pieceClips);
    return settingsFingerprint([subject, some.map(({ name, version }) => [name, version])]);
  };
  const found = async (place: number): Promise<KeptClip | undefined> => {
    const piece = pieceOf(place);
    if (!pieces.has(piece)) pieces.set(piece, await readPiece(folder, fileOf(set, piece), subjectOf(piece)));
    return pieces.get(piece)?.get(place);
  };
  const finish = async () => {
    const [first] = waiting.keys();
    if (first === undefined) return;
    const piece = pieceOf(first);
    await writePiece(folder, fileOf(set, piece), subjectOf(piece), waiting);
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

/** Undefined where it is not there, of something else, or damaged. */
async function readPiece(folder: TrainingFolder, name: string, subject: string): Promise<Piece | undefined> {
  const source = await folder.open(name);
  if (!source) return undefined;
  try {
    const { tensors, metadata } = await readSafetensors(source);
    if (metadata.subject !== subject) return undefined;
    const told: Readonly<Record<string, Omit<KeptClip, 'stored'>>> = JSON.parse(metadata.clips!);
    return new Map(
      Object.entries(told).map(([place, clip]) => [Number(place), { ...clip, stored: tensors.get(place)! }]),
    );
  } catch {
    return undefined;
  } finally {
    await source.close();
  }
}

async function writePiece(
  folder: TrainingFolder,
  name: string,
  subject: string,
  heard: ReadonlyMap<number, HeardClip>,
): Promise<void> {
  const entries = Array.from(
    heard,
    ([
      place,
      {
        values: { dtype, shape, data },
      },
    ]) => ({
      ...{ name: `${place}`, dtype, shape },
      async *chunks() {
        yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      },
    }),
  );
  const told = Array.from(heard, ([place, { samples, isCut }]) => [place, { samples, isCut }] as const);
  const metadata = { subject, clips: JSON.stringify(Object.fromEntries(told)) };
  await folder.write(name, async (file) => {
    await writeSafetensors(file, entries, { metadata });
  });
}

/** All that is kept of a set. */
export function removeClips(folder: TrainingFolder, set: string): Promise<void> {
  return removeNumbered(folder, (piece) => fileOf(set, piece));
}
