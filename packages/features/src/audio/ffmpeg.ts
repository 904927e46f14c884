// Compressed sound in Node, through the ffmpeg that is installed: a process of its own, given arguments
// (never a shell line), formats that hold all they need, and no way to the network. It answers in Sun AU, whose 24-byte
// header says rate and channels before the samples come.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AudiozooError, type ByteSource } from '@audiozoo/core';
import { cutFrames, type DecodedAudio } from './decoded-audio.js';
import { ffmpegDemuxers } from './ffmpeg-demuxers.js';
import { notSound, type SoundFormat } from './format.js';
import type { DecodingOptions } from './sound-decoder.js';

const auHeaderBytes = 24;
/** More is not an AU file as ffmpeg writes it without annotation. */
const maxAuDataOffset = 4096;
/** As much of ffmpeg's complaints as a message can show. */
const maxComplaint = 400;
/** Sound that ffmpeg gives in this time is some, unless it hangs: on damaged bytes, or a disk that does not answer. */
const usualStallSeconds = 60;
/** Bytes out for one byte in, more than silence ever becomes: a decoder that goes on for ever ends here. */
const maxExpansion = 2 ** 22;

export interface FfmpegOptions extends DecodingOptions {
  /** Called when ffmpeg has ended, however it did, and needs the file no more. */
  readonly onEnd?: (() => Promise<void>) | undefined;
  /** Seconds without any sound, while someone waits for it, after which ffmpeg is ended. */
  readonly stallSeconds?: number;
}

/**
 * Decodes with ffmpeg, at the file's own rate and channels, from the beginning (so that a part is exactly
 * that part of the whole). `path` is where the bytes of `source` lie. Throws an `audio` error when ffmpeg is not
 * installed, cannot decode the file, or does not get on with it.
 */
export async function openWithFfmpeg(
  source: ByteSource,
  format: SoundFormat,
  path: string,
  { signal, onNote, onEnd, stallSeconds = usualStallSeconds }: FfmpegOptions = {},
): Promise<DecodedAudio> {
  const { name } = source;
  const file = format.demuxer === undefined ? await openWithoutName(path) : undefined;
  const input = file ? `file:${namelessPath}` : `file:${resolve(path)}`;
  const child = spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-hide_banner', '-v', 'error'],
      ...['-protocol_whitelist', 'file', '-format_whitelist', ffmpegDemuxers.join(',')],
      ...(format.name !== undefined && format.junk > 0 ? ['-skip_initial_bytes', `${format.junk}`] : []),
      ...(format.demuxer === undefined ? [] : ['-f', format.demuxer]),
      ...['-i', input, '-map', '0:a:0', '-map_metadata', '-1', '-map_chapters', '-1'],
      ...['-c:a', 'pcm_f32be', '-bitexact', '-f', 'au', 'pipe:1'],
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe', ...(file ? [file.fd] : [])],
      windowsHide: true,
      signal,
      killSignal: 'SIGKILL',
    },
  );

  let complaint = '';
  const [stdout, stderr] = [child.stdout!, child.stderr!];
  stderr.setEncoding('utf8');
  stderr.on('data', (text: string) => {
    complaint = (complaint + text.replaceAll(`${input}: `, '')).slice(0, maxComplaint);
  });
  const ended = (once(child, 'close') as Promise<[code: number | null]>).finally(onEnd);
  ended.catch(() => {}); // looked at where the output ends
  await file?.close(); // ffmpeg has its own
  const output = stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;

  async function close(): Promise<void> {
    child.kill('SIGKILL');
    stdout.destroy(); // unread output would keep the process from closing
    await ended.catch(() => {});
  }

  let left = source.size * maxExpansion;
  /** The next bytes of sound; undefined at its end. */
  async function next(): Promise<Buffer | undefined> {
    let stalled: NodeJS.Timeout | undefined;
    const stall = new Promise<never>((_, reject) => {
      stalled = setTimeout(
        () => reject(endless(name, `${stallSeconds} seconds without any sound`)),
        1000 * stallSeconds,
      );
    });
    try {
      const { value, done } = await Promise.race([output.next(), stall]);
      if (done) return undefined;
      left -= value.length;
      if (left < 0) throw endless(name, 'more sound than such a file can hold');
      return value;
    } finally {
      clearTimeout(stalled);
    }
  }

  /** Reads on until `start` has grown to at least `length` bytes, or the output ends. */
  async function take(start: Buffer, length: number): Promise<Buffer> {
    let bytes = start;
    while (bytes.length < length) {
      const more = await next();
      if (!more) break;
      bytes = Buffer.concat([bytes, more]);
    }
    return bytes;
  }

  /** Throws unless ffmpeg ended well. */
  async function checkEnd(): Promise<void> {
    let code: number | null;
    try {
      [code] = await ended;
    } catch (cause) {
      throw notInstalled(source, format, cause);
    }
    if (code !== 0) throw notDecoded(source, format, complaint);
  }

  try {
    let head = await take(Buffer.alloc(0), auHeaderBytes);
    if (head.length < auHeaderBytes) {
      await checkEnd();
      throw notDecoded(source, format, complaint);
    }
    const dataOffset = head.readUInt32BE(4);
    const sampleRate = head.readUInt32BE(16);
    const channels = head.readUInt32BE(20);
    if (head.toString('latin1', 0, 4) !== '.snd' || dataOffset > maxAuDataOffset) {
      throw notDecoded(source, format, 'ffmpeg answered in another format');
    }
    head = await take(head, dataOffset);

    async function* blocks(): AsyncGenerator<Float32Array> {
      const frameBytes = 4 * channels;
      let rest = head.subarray(dataOffset);
      for (;;) {
        const whole = rest.length - (rest.length % frameBytes);
        if (whole > 0) yield bigEndianFloats(rest.subarray(0, whole));
        const more = await next();
        if (!more) break;
        rest = Buffer.concat([rest.subarray(whole), more]);
      }
      await checkEnd();
      if (complaint) onNote?.(`${name} is damaged in places, of which ffmpeg says: ${inWords(complaint)}`);
    }
    return { sampleRate, channels, blocks: (first, end) => cutFrames(blocks(), channels, first, end), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The fourth stream that a process is given. */
const namelessPath = '/dev/fd/3';

/** A file to be read without its name, by which ffmpeg would judge what is in it; undefined where that cannot be. */
async function openWithoutName(path: string): Promise<FileHandle | undefined> {
  return existsSync('/dev/fd') ? open(path, 'r') : undefined;
}

function bigEndianFloats(bytes: Buffer): Float32Array {
  const copy = Buffer.from(new Uint8Array(bytes).buffer);
  copy.swap32();
  return new Float32Array(copy.buffer, copy.byteOffset, copy.byteLength / 4);
}

/** Without the addresses of its parts. */
function oneLine(complaint: string): string {
  return complaint
    .trim()
    .replaceAll(/\[([\w,#:/ ]+) @ 0x[0-9a-f]+\]/g, '$1:')
    .replaceAll(/\s*\n\s*/g, '; ');
}

const howToInstall = 'Install ffmpeg (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg)';

function notInstalled(source: ByteSource, format: SoundFormat, cause: unknown): AudiozooError {
  if (format.name === undefined) {
    return notSound(source, undefined, `If it is sound or video of a rarer kind: ${howToInstall}.`);
  }
  return new AudiozooError({
    code: 'audio',
    what: `${source.name} holds ${format.name} sound, which needs ffmpeg to decode`,
    expected: 'the command `ffmpeg` on the PATH',
    got: cause instanceof Error ? cause.message : String(cause),
    hint: `${howToInstall}, pass \`decoders\` from @audiozoo/codecs that know it, or pass WAV, which needs nothing.`,
    details: { missing: 'ffmpeg' },
    cause,
  });
}

/** As one line, without the addresses of memory that ffmpeg names: of one file it is the same each time. */
function inWords(complaint: string): string {
  return oneLine(complaint.replaceAll(/ @ 0x[0-9a-f]+/g, ''));
}

function notDecoded(source: ByteSource, { name }: SoundFormat, complaint: string): AudiozooError {
  if (/matches no streams/.test(complaint)) {
    return new AudiozooError({
      code: 'audio',
      what: `${source.name} has no sound track`,
      expected: 'a file with sound',
      hint: 'Check that this is the file you meant.',
    });
  }
  if (name === undefined) {
    const found = complaint && `bytes of an unknown kind, of which ffmpeg says: ${inWords(complaint)}`;
    return notSound(source, found || undefined);
  }
  return new AudiozooError({
    code: 'audio',
    what: `${source.name} cannot be decoded as ${name} sound`,
    ...(complaint && { got: inWords(complaint) }),
    hint: 'The file may be damaged or cut short: download or export it again.',
  });
}

function endless(name: string, got: string): AudiozooError {
  return new AudiozooError({
    code: 'audio',
    what: `ffmpeg does not come to an end with ${name}`,
    got,
    hint: 'The file may be damaged: download or export it again.',
  });
}
