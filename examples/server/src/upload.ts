// A body is kept in memory while it is small, and goes to a file of its own, piece by piece, when it is not. Nothing
// that a client says is ever part of a path.

import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import type { SoundBytes } from './sound-bytes.js';

export interface Upload {
  /** The sound: its bytes, or the path of a file. Throws 400 and 413 problems. */
  receive(): Promise<SoundBytes>;
  /** Leaves nothing of it, however far it came. While it still comes, only what was kept goes by and by. */
  remove(): Promise<void>;
}

export interface UploadOptions {
  /** Where files go: nothing else writes there. */
  readonly folder: string;
  /** Bytes of sound, at most. */
  readonly maxBytes: number;
}

/** The one part of a form that is read. */
const fieldName = 'file';
/** Bytes that a form has beside it, at most. */
const mostForm = 2 ** 14;
/** Bytes that are kept in memory: half a minute of speech. */
const small = 2 ** 20;

export function createUpload(request: FastifyRequest, { folder, maxBytes }: UploadOptions): Upload {
  const path = join(folder, request.id); // Fastify counts requests
  let file: FileHandle | undefined;
  let receiving: Promise<unknown> | undefined;
  let isUnwanted = false;

  async function keep(stream: Readable): Promise<SoundBytes> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    try {
      // A stream that is destroyed takes its connection with it, and the answer too.
      for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        bytes += piece.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        if (isUnwanted) throw nothing(); // nobody waits for it
        pieces.push(piece);
        if (bytes <= small) continue;
        file ??= await create(folder, path);
        for (const waiting of pieces.splice(0)) await file.appendFile(waiting);
      }
    } finally {
      await file?.close();
    }
    if (bytes === 0) throw nothing();
    return file ? path : pieces;
  }

  async function keepPart(): Promise<SoundBytes> {
    const limits = { fileSize: maxBytes + 1, parts: 1, headerPairs: 100 };
    let kept: SoundBytes | undefined;
    try {
      for await (const part of request.parts({ limits })) {
        if (part.type !== 'file' || part.fieldname !== fieldName) throw notOneFile();
        kept = await keep(part.file);
      }
    } catch (error) {
      const { code, syscall, message } = error as NodeJS.ErrnoException;
      if (error instanceof Problem || syscall) throw error;
      if (code === 'FST_PARTS_LIMIT') throw notOneFile();
      throw new Problem(400, { code: 'argument', what: 'the form cannot be read', got: message });
    }
    if (!kept) throw nothing();
    return kept;
  }

  async function take(): Promise<SoundBytes> {
    if (Number(request.headers['content-length']) > maxBytes + mostForm) throw tooLarge(maxBytes);
    if (request.isMultipart()) return keepPart();
    if (request.body) return keep(request.body as Readable);
    throw nothing();
  }

  async function clear(): Promise<void> {
    // What is still to come of a refused body is thrown away, or its sender would never read the answer.
    request.raw.unpipe().resume();
    if (file) await rm(path, { force: true });
  }

  return {
    receive() {
      const taking = take();
      receiving = taking.finally(() => (receiving = undefined)).catch(() => {});
      return taking;
    },
    async remove() {
      isUnwanted = true;
      if (!receiving) return clear();
      void receiving.then(clear).catch(() => {});
      // Its connection goes with the answer, of which Node no longer tells a request that has been answered.
      const { raw } = request;
      if (raw.socket.destroyed) raw.destroy();
      else raw.socket.once('close', () => raw.destroy());
    },
  };
}

/** Makes the folder too when it is gone: systems clear away what is old in theirs for such files. */
async function create(folder: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(folder, { mode: 0o700 });
    return open(path, 'wx', 0o600);
  }
}

function nothing(): Problem {
  return new Problem(400, {
    code: 'argument',
    what: 'there is no sound in the request',
    expected: 'a sound file',
  });
}

function notOneFile(): Problem {
  return new Problem(400, {
    code: 'argument',
    what: 'the form does not fit',
    expected: `one part, a file called ${fieldName}`,
    hint: 'Options go into the query.',
  });
}

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, {
    code: 'argument',
    what: 'the body is too large',
    expected: `at most ${maxBytes} bytes`,
  });
}
