import type { Listener } from '../listener.js';
import { findBox, parseBoxes, viewOf } from './boxes.js';
import { type FragmentDefaults, fragmentDefaults } from './fragments.js';
import { parseSampleEntry, type SampleEntry } from './sample-entry.js';

/** A track of sound, as the index of an MPEG-4 file describes it. */
export interface Track extends SampleEntry {
  /** Units of time in a second. */
  readonly timescale: number;
  /** In those units; 0 where it is not said. */
  readonly duration: number;
  /** What lies before this time, in those units, only fills the decoder. */
  readonly begins: number;
  /** The content of the box `stbl`. */
  readonly table: Uint8Array;
  /** Where packets lie in fragments. */
  readonly fragments: FragmentDefaults | undefined;
}

/** The tracks in the content of the box `moov`. Undefined in place of those that hold no sound. */
export function parseTracks(movie: Uint8Array, listener: Listener): (Track | undefined)[] {
  const tracks: (Track | undefined)[] = [];
  for (const { type, data } of parseBoxes(movie, listener)) {
    if (type === 'trak') tracks.push(parseTrack(movie, data, listener));
  }
  return tracks;
}

function parseTrack(movie: Uint8Array, content: Uint8Array, listener: Listener): Track | undefined {
  const box = (...types: readonly string[]) => findBox(content, types, listener) ?? new Uint8Array(0);
  const handler = box('mdia', 'hdlr');
  if (String.fromCharCode(...handler.subarray(8, 12)) !== 'soun') return undefined;
  const header = box('tkhd');
  const media = box('mdia', 'mdhd');
  const number = uint32(header, header[0] === 1 ? 20 : 12);
  const table = box('mdia', 'minf', 'stbl');
  return {
    ...parseSampleEntry(findBox(table, ['stsd'], listener) ?? new Uint8Array(0), listener),
    timescale: uint32(media, media[0] === 1 ? 20 : 12),
    duration: uint32(media, media[0] === 1 ? 28 : 16),
    begins: editBegins(box('edts', 'elst')),
    table,
    fragments: fragmentDefaults(movie, number, listener),
  };
}

/** Where the first part of the track begins that is to be heard. */
function editBegins(list: Uint8Array): number {
  const long = list[0] === 1;
  const entryBytes = long ? 20 : 12;
  const count = Math.min(uint32(list, 4), Math.floor((list.length - 8) / entryBytes));
  for (let entry = 0; entry < count; entry++) {
    const at = 8 + entry * entryBytes + entryBytes / 2 - 2;
    const time = long ? uint32(list, at) * 2 ** 32 + uint32(list, at + 4) : uint32(list, at);
    // All bits set: silence, which is left out.
    if (time < (long ? 2 ** 63 : 2 ** 31)) return time;
  }
  return 0;
}

function uint32(bytes: Uint8Array, offset: number): number {
  return offset + 4 <= bytes.length ? viewOf(bytes).getUint32(offset) : 0;
}
