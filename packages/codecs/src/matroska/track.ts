import type { Listener } from '../listener.js';
import { parseElements, readUnsigned } from './elements.js';

/** A track of sound, as a Matroska file describes it. */
export interface Track {
  readonly number: number;
  readonly codec: string;
  /** The codec's own headers. */
  readonly codecPrivate: Uint8Array | undefined;
  /** Nanoseconds at the beginning that only fill the decoder. */
  readonly codecDelay: number;
  /** Bytes that every packet begins with and that are left out of the file. */
  readonly packetStart: Uint8Array;
  /** Whether packets are packed or encrypted, in a way that is not undone here. */
  readonly encoded: boolean;
}

const soundType = 2;
/** The way of packing that leaves out what all packets begin with. */
const headerStripping = 3;

/** The tracks in the content of the element `Tracks`. Undefined in place of those that hold no sound. */
export function parseTracks(bytes: Uint8Array, listener: Listener): (Track | undefined)[] {
  const tracks: (Track | undefined)[] = [];
  for (const { id, data } of parseElements(bytes, listener)) {
    if (id === 0xae) tracks.push(parseTrack(data, listener));
  }
  return tracks;
}

function parseTrack(bytes: Uint8Array, listener: Listener): Track | undefined {
  let type = 0;
  let track: Track = {
    number: 0,
    codec: '',
    codecPrivate: undefined,
    codecDelay: 0,
    packetStart: new Uint8Array(0),
    encoded: false,
  };
  for (const { id, data } of parseElements(bytes, listener)) {
    if (id === 0xd7) track = { ...track, number: readUnsigned(data) };
    else if (id === 0x83) type = readUnsigned(data);
    else if (id === 0x86)
      track = { ...track, codec: String.fromCharCode(...data.subarray(0, 64)).replace(/\0.*$/s, '') };
    else if (id === 0x63a2) track = { ...track, codecPrivate: data };
    else if (id === 0x56aa) track = { ...track, codecDelay: readUnsigned(data) };
    else if (id === 0x6d80) track = { ...track, ...parseEncodings(data, listener) };
  }
  return type === soundType ? track : undefined;
}

function parseEncodings(bytes: Uint8Array, listener: Listener): Partial<Track> {
  const encodings = [...parseElements(bytes, listener)].filter(({ id }) => id === 0x6240);
  const [encoding] = encodings;
  if (!encoding) return {};
  const compression = [...parseElements(encoding.data, listener)].find(({ id }) => id === 0x5034);
  const settings = [...parseElements(compression?.data ?? new Uint8Array(0), listener)];
  const algorithm = settings.find(({ id }) => id === 0x4254);
  if (encodings.length > 1 || !algorithm || readUnsigned(algorithm.data) !== headerStripping)
    return { encoded: true };
  return { packetStart: settings.find(({ id }) => id === 0x4255)?.data ?? new Uint8Array(0) };
}
