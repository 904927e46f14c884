// Compressed sound in Node, through the ffmpeg that is installed: a process of its own, given arguments
// (never a shell line), one named format, and no way to the network. It answers in Sun AU, whose 24-byte
// header says rate and channels before the samples come.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { cutFrames, type DecodedAudio } from './decoded-audio.js';
import type { SoundFormat } from './format.js';

const auHeaderBytes = 24;
/** ffmpeg writes a few bytes of annotation behind the header; more is not an AU file. */
const maxAuDataOffset = 4096;
/** As much of ffmpeg's complaints as a message can show. */
const maxComplaint = 400;

/**
 * Decodes with ffmpeg, at the file's own rate and channels, from the beginning (so that a part is exactly
 * that part of the whole). Throws an `audio` error when ffmpeg is not installed or cannot decode the file.
 */
export async function openWithFfmpeg(
  name: string,
  format: SoundFormat,
  path: string,
  signal: AbortSignal | undefined,
): Promise<DecodedAudio> {
  const child = spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-hide_banner', '-v', 'error', '-protocol_whitelist', 'file,pipe'],
      ...['-f', format.demuxer, '-i', `file:${resolve(path)}`, '-map', '0:a:0'],
      ...['-c:a', 'pcm_f32be', '-bitexact', '-f', 'au', 'pipe:1'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, signal, killSignal: 'SIGKILL' },
  );

  let complaint = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    complaint = (complaint + text).slice(0, maxComplaint);
  });
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  ended.catch(() => {}); // looked at where the output ends
  const output = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;

  async function close(): Promise<void> {
    child.kill('SIGKILL');
    child.stdout.destroy(); // unread output would keep the process from closing
    await ended.catch(() => {});
  }

  /** Throws unless ffmpeg ended well. */
  async function checkEnd(): Promise<void> {
    let code: number | null;
    try {
      [code] = await ended;
    } catch (cause) {
      throw notInstalled(name, format, cause);
    }
    if (code !== 0) throw notDecoded(name, format, complaint);
  }

  try {
    let head = await take(output, Buffer.alloc(0), auHeaderBytes);
    if (head.length < auHeaderBytes) {
      await checkEnd();
      throw notDecoded(name, format, complaint);
    }
    const dataOffset = head.readUInt32BE(4);
    const sampleRate = head.readUInt32BE(16);
    const channels = head.readUInt32BE(20);
    if (head.toString('latin1', 0, 4) !== '.snd' || dataOffset > maxAuDataOffset) {
      throw notDecoded(name, format, 'ffmpeg answered in another format');
    }
    head = await take(output, head, dataOffset);

    async function* blocks(): AsyncGenerator<Float32Array> {
      const frameBytes = 4 * channels;
      let rest = head.subarray(dataOffset);
      for (;;) {
        const whole = rest.length - (rest.length % frameBytes);
        if (whole > 0) yield bigEndianFloats(rest.subarray(0, whole));
        const { value, done } = await output.next();
        if (done) break;
        rest = Buffer.concat([rest.subarray(whole), value]);
      }
      await checkEnd();
    }
    return { sampleRate, channels, blocks: (first, end) => cutFrames(blocks(), channels, first, end), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reads on until `start` has grown to at least `length` bytes, or the output ends. */
async function take(output: AsyncIterator<Buffer>, start: Buffer, length: number): Promise<Buffer> {
  let bytes = start;
  while (bytes.length < length) {
    const { value, done } = await output.next();
    if (done) break;
    bytes = Buffer.concat([bytes, value]);
  }
  return bytes;
}

function bigEndianFloats(bytes: Buffer): Float32Array {
  const copy = Buffer.from(new Uint8Array(bytes).buffer);
  copy.swap32();
  return new Float32Array(copy.buffer, copy.byteOffset, copy.byteLength / 4);
}

function notInstalled(name: string, format: SoundFormat, cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'audio',
    what: `${name} holds ${format.name} sound, which needs ffmpeg to decode`,
    expected: 'the command `ffmpeg` on the PATH',
    got: cause instanceof Error ? cause.message : String(cause),
    mend: 'Install ffmpeg (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg), or pass WAV, which needs nothing.',
    cause,
  });
}

function notDecoded(name: string, format: SoundFormat, complaint: string): AudiozooError {
  return new AudiozooError({
    code: 'audio',
    what: `${name} cannot be decoded as ${format.name} sound`,
    ...(complaint && { got: complaint.trim().replaceAll(/\s*\n\s*/g, '; ') }),
    mend: 'The file may be damaged or cut short: download or export it again.',
  });
}
