// Scores on disk as they come, so that an interrupted evaluation continues where it stopped.
//
// One line of JSON says what the scores are of; then records of one size follow, appended:
//   uint32 CRC-32 of the rest · uint32 model · uint32 clip · float64 size and float64 time of the sound
//   file · float32 scores, all little endian.
// A process that is killed may leave a piece of a record behind: it is cut off. A record whose sum is wrong
// counts as none. So a clip is scored again rather than wrongly.

import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { AudiozooError } from '@audiozoo/core';
import { notWritable } from '@audiozoo/core/disk';
import { writeOutput } from '../output/output-file.js';

/** What scores are of: each part named, so that an error can say which one changed. */
export type ProgressSubject = Readonly<Record<'models' | 'clips' | 'settings', string>>;

/** Which version of a sound file was heard. */
export interface FileStamp {
  readonly bytes: number;
  /** Last change, in milliseconds since 1970. */
  readonly modified: number;
}

export interface ScoreRecord {
  /** Place among the models. */
  readonly model: number;
  /** Place among the clips. */
  readonly clip: number;
  readonly stamp: FileStamp;
  /** [labels] */
  readonly scores: Float32Array;
}

export interface ProgressFile {
  append(records: readonly ScoreRecord[]): Promise<void>;
  close(): Promise<void>;
}

const format = 'audiozoo evaluation progress 1';
const headBytes = 28;
const maxHeaderBytes = 4096;
const readBytes = 2 ** 20;

/**
 * Opens a progress file, or makes a new one, and tells every record that it holds. Throws a `file` error
 * when the file is of another evaluation, or something else: nothing is ever overwritten.
 */
export async function openProgressFile(
  path: string,
  subject: ProgressSubject,
  labels: number,
  onRecord: (record: ScoreRecord) => void,
  signal: AbortSignal,
): Promise<ProgressFile> {
  const header = Buffer.from(`${JSON.stringify({ format, labels, ...subject })}\n`);
  let handle = await openIfThere(path);
  if (!handle) {
    await writeOutput(path, header, signal);
    handle = await open(path, 'a+');
  }
  try {
    const headerBytes = await checkHeader(handle, path, subject, labels);
    const recordBytes = headBytes + 4 * labels;
    const { size } = await handle.stat();
    const whole = Math.floor((size - headerBytes) / recordBytes);
    const perRead = Math.max(1, Math.floor(readBytes / recordBytes));
    for (let first = 0; first < whole; first += perRead) {
      signal.throwIfAborted();
      const count = Math.min(perRead, whole - first);
      const bytes = await readExactly(handle, headerBytes + first * recordBytes, count * recordBytes);
      for (let place = 0; place < count; place++) {
        const record = decode(bytes.subarray(place * recordBytes, (place + 1) * recordBytes));
        if (record) onRecord(record);
      }
    }
    await handle.truncate(headerBytes + whole * recordBytes);
  } catch (error) {
    await handle.close();
    throw error;
  }

  return {
    async append(records) {
      await handle.appendFile(Buffer.concat(records.map(encode))).catch(notWritable(path));
    },
    close: () => handle.close(),
  };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    const there = await open(path, 'r');
    await there.close();
    return await open(path, 'a+'); // would make the file if it were not there
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AudiozooError({ code: 'file', what: `${path} cannot be opened`, got: String(cause), cause });
  }
}

/** Returns the header's length. */
async function checkHeader(
  handle: FileHandle,
  path: string,
  subject: ProgressSubject,
  labels: number,
): Promise<number> {
  const { size } = await handle.stat();
  const start = await readExactly(handle, 0, Math.min(size, maxHeaderBytes));
  const headerBytes = start.indexOf('\n') + 1;
  let found: Partial<Record<string, unknown>>;
  try {
    found = JSON.parse(start.toString('utf8', 0, headerBytes)) ?? {};
  } catch {
    found = {};
  }
  if (found.format !== format) {
    throw new AudiozooError({
      code: 'file',
      what: `${path} holds no progress of an evaluation`,
      expected: JSON.stringify(format),
      hint: 'Name another file with --progress: this one stays as it is.',
    });
  }
  const changed = Object.entries({ labels, ...subject }).filter(([part, value]) => found[part] !== value);
  if (changed.length === 0) return headerBytes;
  throw new AudiozooError({
    code: 'file',
    what: `${path} cannot be continued: it is of another evaluation`,
    expected: 'the models, clips and settings that it was begun with',
    got: `other ${changed.map(([part]) => part).join(', ')}`,
    hint: 'Name another file with --progress, or remove this one.',
  });
}

async function readExactly(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) {
      throw new AudiozooError({
        code: 'file',
        what: 'a progress file shrank while it was read',
        hint: 'Another program writes to it: wait for that, or name another file with --progress.',
      });
    }
    filled += bytesRead;
  }
  return bytes;
}

function encode({ model, clip, stamp, scores }: ScoreRecord): Buffer {
  const bytes = Buffer.alloc(headBytes + 4 * scores.length);
  bytes.writeUInt32LE(model, 4);
  bytes.writeUInt32LE(clip, 8);
  bytes.writeDoubleLE(stamp.bytes, 12);
  bytes.writeDoubleLE(stamp.modified, 20);
  for (const [label, score] of scores.entries()) bytes.writeFloatLE(score, headBytes + 4 * label);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

function decode(bytes: Buffer): ScoreRecord | undefined {
  if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return undefined;
  const labels = (bytes.length - headBytes) / 4;
  return {
    model: bytes.readUInt32LE(4),
    clip: bytes.readUInt32LE(8),
    stamp: { bytes: bytes.readDoubleLE(12), modified: bytes.readDoubleLE(20) },
    scores: Float32Array.from({ length: labels }, (_, label) => bytes.readFloatLE(headBytes + 4 * label)),
  };
}
