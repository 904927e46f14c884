// What a file is, by its first bytes; names can lie. What is surely no sound (text above all) is never handed on to a
// decoder, so that a playlist or script which names other files is not interpreted.

import { AudiozooError, type ByteSource } from '@audiozoo/core';
import { findFrames, framesAt } from './mpeg-frames.js';

export interface SoundFormat {
  /** As people call it: `MP3`. Undefined where the bytes are not known here, though some decoder may know them. */
  readonly name: string | undefined;
  /** ffmpeg's demuxer for it; undefined where ffmpeg is to find out. */
  readonly demuxer?: string | undefined;
  /** Where it begins, behind tags and junk. */
  readonly start: number;
  /** Bytes before the first that mean anything: zeros, or half a frame. */
  readonly junk: number;
}

type Kind = Pick<SoundFormat, 'demuxer'> & { readonly name: string };
type Recognition<T> = readonly [recognized: T, matches: (head: Uint8Array) => boolean];

const sounds: readonly Recognition<Kind>[] = [
  [{ name: 'WAV', demuxer: 'wav' }, matches(/^(RIFF|RIFX|RF64|BW64)....WAVE/s)],
  [{ name: 'FLAC', demuxer: 'flac' }, starts('fLaC')],
  [{ name: 'Ogg', demuxer: 'ogg' }, starts('OggS')],
  [{ name: 'MPEG-4', demuxer: 'mov' }, matches(/^....ftyp/s)],
  [{ name: 'WebM', demuxer: 'matroska' }, starts('\x1a\x45\xdf\xa3')],
  [{ name: 'AIFF', demuxer: 'aiff' }, matches(/^FORM....AIF[FC]/s)],
  [{ name: 'Core Audio', demuxer: 'caf' }, starts('caff')],
  [{ name: 'AU', demuxer: 'au' }, starts('.snd')],
  [{ name: 'AMR', demuxer: 'amr' }, starts('#!AMR')],
  [{ name: 'Windows Media', demuxer: 'asf' }, starts('\x30\x26\xb2\x75\x8e\x66\xcf\x11')],
  [{ name: 'Wave64', demuxer: 'w64' }, starts('riff\x2e\x91\xcf\x11')],
  [{ name: 'WavPack', demuxer: 'wv' }, starts('wvpk')],
  [{ name: "Monkey's Audio", demuxer: 'ape' }, starts('MAC ')],
  [{ name: 'NIST SPHERE', demuxer: 'nistsphere' }, starts('NIST_1A\n')],
  [{ name: 'Creative Voice', demuxer: 'voc' }, starts('Creative Voice File\x1a')],
  [{ name: 'True Audio', demuxer: 'tta' }, starts('TTA1')],
  [{ name: 'Musepack' }, matches(/^(MP\+|MPCK)/)],
  [{ name: 'DSD' }, matches(/^(DSD |FRM8....DSD )/s)],
  [{ name: 'QuickTime', demuxer: 'mov' }, isQuickTime],
  [{ name: 'AVI', demuxer: 'avi' }, matches(/^RIFF....AVI[X ]/s)],
  [{ name: 'Flash video', demuxer: 'flv' }, starts('FLV\x01')],
  [{ name: 'MPEG program stream' }, starts('\0\0\x01\xba')],
  [{ name: 'MPEG transport stream' }, isTransportStream],
  [{ name: 'AC-3' }, starts('\x0b\x77')],
  [{ name: 'DTS' }, starts('\x7f\xfe\x80\x01')],
  [{ name: 'AAC in LATM' }, matches(/^\x56[\xe0-\xff]/)],
  [{ name: 'RealMedia' }, starts('.RMF\0')],
];

const otherThings: readonly Recognition<string>[] = [
  ['a PNG picture', starts('\x89PNG')],
  ['a JPEG picture', starts('\xff\xd8\xff')],
  ['a GIF picture', starts('GIF8')],
  ['a PDF document', starts('%PDF')],
  ['a ZIP archive', starts('PK\x03\x04')],
  ['gzip data', starts('\x1f\x8b')],
  ['an HTML page', matches(/^\s*<(!doctype html|html|head)/i)],
  ['text', isText],
];

const framedKinds = {
  MP3: { name: 'MP3', demuxer: 'mp3' },
  AAC: { name: 'AAC', demuxer: 'aac' },
} as const;

const headBytes = 512;
/** Tags before the sound: a picture in one can be large, and there may be another behind it. */
const maxTags = 8;
/** Zeros are passed over this far. Other bytes are looked through less far, for frames that begin in their midst. */
const maxZeros = 2 ** 22;
const zerosAtOnce = 2 ** 16;
const maxJunk = 2 ** 16;
const framesBytes = 2 ** 17;

/**
 * Recognizes a file. Its name is undefined when nothing is sure. Throws an `audio` error that says what it seems to
 * be when that is surely no sound.
 */
export async function detectFormat(source: ByteSource): Promise<SoundFormat> {
  const head = await readAt(source, 0, headBytes);
  if (head.length === 0) throw notSound(source, 'an empty file');
  const known = find(sounds, head);
  if (known) return { ...known, start: 0, junk: 0 };
  const other = find(otherThings, head);
  if (other !== undefined) throw notSound(source, other);

  const { junk, start } = await skipTags(source);
  const bytes = await readAt(source, start, framesBytes);
  const behind = start > 0 ? find(sounds, bytes.subarray(0, headBytes)) : undefined;
  if (behind) return { ...behind, start, junk };
  const framed = framesAt(bytes, 0);
  if (framed) return { ...framedKinds[framed], start, junk };
  const found = findFrames(bytes, 1, maxJunk);
  if (found) {
    const at = start + found.at;
    return { ...framedKinds[found.format], start: at, junk: start > junk ? junk : at };
  }
  // Such a tag comes before MP3, less often before other sound.
  return start > junk ? { ...framedKinds.MP3, start, junk } : { name: undefined, start, junk };
}

/** That it is not sound, as far as can be told. */
export function notSound(
  source: ByteSource,
  found = 'bytes of an unknown kind',
  hint = 'Check that this is the file you meant, and that it was downloaded whole.',
): AudiozooError {
  return new AudiozooError({
    code: 'audio',
    what: `${source.name} is not sound`,
    expected: `a file in a sound format (${sounds.map(([{ name }]) => name).join(', ')}, MP3, AAC)`,
    got: found,
    hint,
  });
}

/** Where the first bytes are that are neither zeros nor a tag, and where the first that are no zeros. */
async function skipTags(source: ByteSource): Promise<{ junk: number; start: number }> {
  const junk = await skipZeros(source, 0);
  let start = junk;
  for (let count = 0; count < maxTags; count++) {
    const head = await readAt(source, start, 10);
    if (head.length < 10 || !/^ID3[^\xff][^\xff]/s.test(latin1(head))) break;
    // Its length has 7 bits a byte. A footer is as long as the header.
    const length = head.subarray(6).reduce((total, byte) => total * 128 + (byte & 0x7f), 0);
    const footer = head[5]! & 0x10 ? 10 : 0;
    start = await skipZeros(source, Math.min(start + 10 + length + footer, source.size));
  }
  return { junk, start };
}

async function skipZeros(source: ByteSource, from: number): Promise<number> {
  for (let offset = from; offset < Math.min(source.size, from + maxZeros); offset += zerosAtOnce) {
    const place = (await readAt(source, offset, zerosAtOnce)).findIndex((byte) => byte !== 0);
    if (place >= 0) return offset + place;
  }
  return from;
}

async function readAt(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const from = Math.min(offset, source.size);
  return source.read(from, Math.min(length, source.size - from));
}

function find<T>(table: readonly Recognition<T>[], head: Uint8Array): T | undefined {
  return table.find(([, matches]) => matches(head))?.[0];
}

function starts(text: string): (head: Uint8Array) => boolean {
  return (head) => latin1(head).startsWith(text);
}

function matches(pattern: RegExp): (head: Uint8Array) => boolean {
  return (head) => pattern.test(latin1(head));
}

/** The first bytes as characters: more than any of the above looks at. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64));
}

/** Atoms without the one that names the kind. The size of the first is no text. */
function isQuickTime(head: Uint8Array): boolean {
  const isAtom = /^....(moov|mdat|wide|free|skip|pnot)/s.test(latin1(head));
  return isAtom && head.subarray(0, 4).some((byte) => byte < 32);
}

/** Packets of 188 bytes, alone or behind a time of 4 bytes each. */
function isTransportStream(head: Uint8Array): boolean {
  const has = (first: number, step: number) =>
    [0, 1, 2].every((count) => head[first + count * step] === 0x47);
  return has(0, 188) || has(4, 192);
}

function isText(head: Uint8Array): boolean {
  const [first, second] = head;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true });
    return !/\p{Cc}/u.test(text.replaceAll(/[\t\n\v\f\r]/g, ''));
  } catch {
    return false;
  }
}
