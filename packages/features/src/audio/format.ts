// What a file is, by its first bytes; names can lie. Only sound is handed on to a decoder, and ffmpeg is
// told the format, so that a playlist or script which names other files is never interpreted.

import { AudiozooError, type ByteSource } from '@audiozoo/core';

export interface SoundFormat {
  /** As people call it: `MP3`. */
  readonly name: string;
  /** ffmpeg's demuxer for it. */
  readonly demuxer: string;
}

type Recognition<T> = readonly [recognised: T, matches: (head: Uint8Array) => boolean];

const sounds: readonly Recognition<SoundFormat>[] = [
  [{ name: 'WAV', demuxer: 'wav' }, (head) => /^(RIFF|RF64|RIFX)....WAVE/s.test(ascii(head))],
  [{ name: 'FLAC', demuxer: 'flac' }, starts('fLaC')],
  [{ name: 'Ogg', demuxer: 'ogg' }, starts('OggS')],
  [{ name: 'MPEG-4', demuxer: 'mov' }, (head) => ascii(head).slice(4, 8) === 'ftyp'],
  [{ name: 'WebM', demuxer: 'matroska' }, starts('\x1a\x45\xdf\xa3')],
  [{ name: 'AIFF', demuxer: 'aiff' }, (head) => /^FORM....AIF[FC]/s.test(ascii(head))],
  [{ name: 'Core Audio', demuxer: 'caf' }, starts('caff')],
  [{ name: 'AU', demuxer: 'au' }, starts('.snd')],
  [{ name: 'AMR', demuxer: 'amr' }, starts('#!AMR')],
  [{ name: 'Windows Media', demuxer: 'asf' }, starts('\x30\x26\xb2\x75\x8e\x66\xcf\x11')],
  [{ name: 'Wave64', demuxer: 'w64' }, starts('riff\x2e\x91\xcf\x11')],
  [{ name: 'WavPack', demuxer: 'wv' }, starts('wvpk')],
  [{ name: "Monkey's Audio", demuxer: 'ape' }, starts('MAC ')],
  [{ name: 'AAC', demuxer: 'aac' }, (head) => head[0] === 0xff && (head[1]! & 0xf6) === 0xf0],
  [{ name: 'MP3', demuxer: 'mp3' }, isMpegAudio],
];

const otherThings: readonly Recognition<string>[] = [
  ['a PNG picture', starts('\x89PNG')],
  ['a JPEG picture', starts('\xff\xd8\xff')],
  ['a GIF picture', starts('GIF8')],
  ['a PDF document', starts('%PDF')],
  ['a ZIP archive', starts('PK\x03\x04')],
  ['gzip data', starts('\x1f\x8b')],
  ['an HTML page', (head) => /^\s*<(!doctype html|html|head)/i.test(ascii(head))],
  ['text', (head) => head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)],
];

const headBytes = 64;

/** Recognises a file. Throws an `audio` error that says what it seems to be when it is not sound. */
export async function detectFormat(source: ByteSource): Promise<SoundFormat> {
  const head = await readHead(source, 0);
  const format = find(sounds, head);
  if (format) return format;

  if (starts('ID3')(head) && head.length >= 10) {
    // A tag in front of MP3, less often of FLAC or AAC. Its length has 7 bits a byte.
    const length = head.slice(6, 10).reduce((total, byte) => total * 128 + (byte & 0x7f), 0);
    const behind = await readHead(source, 10 + length);
    return find(sounds, behind) ?? { name: 'MP3', demuxer: 'mp3' };
  }
  throw new AudiozooError({
    code: 'audio',
    what: `${source.name} is not sound`,
    expected: `a file in a sound format (${sounds.map(([{ name }]) => name).join(', ')})`,
    got: head.length === 0 ? 'an empty file' : (find(otherThings, head) ?? 'bytes of an unknown kind'),
    mend: 'Check that this is the file you meant, and that it was downloaded whole.',
  });
}

async function readHead(source: ByteSource, offset: number): Promise<Uint8Array> {
  return source.read(Math.min(offset, source.size), Math.min(headBytes, Math.max(0, source.size - offset)));
}

function find<T>(table: readonly Recognition<T>[], head: Uint8Array): T | undefined {
  return table.find(([, matches]) => matches(head))?.[0];
}

function starts(text: string): (head: Uint8Array) => boolean {
  return (head) => ascii(head).startsWith(text);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, headBytes));
}

/** The frame header of MPEG audio, layers 1 to 3: none of its fields may have its forbidden value. */
function isMpegAudio(head: Uint8Array): boolean {
  if (head.length < 4 || head[0] !== 0xff || (head[1]! & 0xe0) !== 0xe0) return false;
  const version = (head[1]! >> 3) & 3;
  const layer = (head[1]! >> 1) & 3;
  const bitRate = head[2]! >> 4;
  const sampleRate = (head[2]! >> 2) & 3;
  return version !== 1 && layer !== 0 && bitRate !== 0 && bitRate !== 15 && sampleRate !== 3;
}
