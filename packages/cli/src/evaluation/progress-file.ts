// Scores on disk as they come, so that an interrupted evaluation continues where it stopped. JSON Lines: the first says
// what the scores are of, each further one is of a clip, with a checksum. A process that is killed may leave a piece of
// a line behind: it is cut off. A line that is damaged counts as none. So a clip is scored again rather than wrongly.

import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { AudiozooError } from '@audiozoo/core';
import { notWritable } from '@audiozoo/core/disk';
import { bytesToElements } from '@audiozoo/core/plugin';
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

const format = 'audiozoo evaluation progress 2';
const maxHeaderBytes = 4096;

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
  let handle = await openIfThere(path);
  if (!handle) {
    await writeOutput(path, Buffer.from(`${JSON.stringify({ format, labels, ...subject })}\n`), signal);
    handle = await open(path, 'a+');
  }
  try {
    const start = await checkHeader(handle, path, subject, labels);
    const mostCharacters = 1000 + 6 * labels; // of a line
    let rest = '';
    let pieceBytes = 0; // of a line that has not ended
    const pieces = handle.createReadStream({ start, encoding: 'latin1', autoClose: false });
    for await (const piece of pieces as AsyncIterable<string>) {
      signal.throwIfAborted();
      const lines = (rest + piece).split('\n');
      rest = lines.pop()!;
      pieceBytes = lines.length > 0 ? rest.length : pieceBytes + piece.length;
      rest = rest.slice(0, mostCharacters);
      for (const line of lines) {
        const record = decode(line, labels);
        if (record) onRecord(record);
      }
    }
    const { size } = await handle.stat();
    await handle.truncate(size - pieceBytes);
  } catch (error) {
    await handle.close();
    throw error;
  }

  return {
    async append(records) {
      await handle.appendFile(records.map(encode).join('')).catch(notWritable(path));
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
  const start = Buffer.alloc(maxHeaderBytes);
  await handle.read(start, 0, maxHeaderBytes, 0);
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

function encode({ model, clip, stamp, scores }: ScoreRecord): string {
  const bytes = Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength);
  const record = { model, clip, ...stamp, scores: bytes.toString('base64') };
  return `${JSON.stringify({ ...record, crc32: checksum(record) })}\n`;
}

/** A record; undefined where the line is damaged. */
function decode(line: string, labels: number): ScoreRecord | undefined {
  try {
    const { crc32: promised, ...record } = JSON.parse(line);
    if (promised !== checksum(record)) return undefined;
    const { model, clip, bytes, modified } = record;
    const scores = bytesToElements('float32', Buffer.from(record.scores, 'base64')).slice();
    return scores.length === labels ? { model, clip, stamp: { bytes, modified }, scores } : undefined;
  } catch {
    return undefined;
  }
}

function checksum(record: object): number {
  return crc32(JSON.stringify(record));
}
