// Sound in MPEG-4 and QuickTime files: an index says where each packet lies.

import type { ByteSource } from '@audiozoo/core';
import { type ByteReader, createByteReader } from '../byte-reader.js';
import type { Listener } from '../listener.js';
import type { PacketCodec } from '../packet-codec.js';
import { decodePackets, type TrackPacket } from '../packet-sound.js';
import { type Container, damagedFile, noSound } from '../sound.js';
import { maxHeaderBytes, parseBoxHeader } from './boxes.js';
import { readFragments } from './fragments.js';
import { type PacketPlace, readSampleTable } from './sample-table.js';
import { parseTracks, type Track } from './track.js';

/** An index of many hours. */
const maxIndexBytes = 2 ** 26;
/** Packets in a row behind the end of the file, after which none will come. */
const maxMissing = 1000;
/** What a packet that is none counts for. */
const stepsPerNothing = 64;
/** More than any packet of sound takes. */
const maxPacketBytes = 2 ** 22;

export function mpeg4File(codec: PacketCodec): Container {
  return {
    format: 'MPEG-4',
    recognizes: (head) => String.fromCharCode(...head.subarray(4, 8)) === 'ftyp',
    async open(source, reader, listener) {
      const track = await findTrack(source, reader, listener);
      if (track.codec !== codec.mpeg4Name) return undefined;
      const { position } = reader;
      const first = await firstPacket(source, position, track, listener);
      const headers = codec.headless ? (first ? [first.data] : []) : track.headers;
      const format = codec.format(headers);
      if (!format || track.timescale === 0) return undefined;
      const { sampleRate, channels, delay } = format;
      // Where no time is said to be before the beginning, it is left to the codec.
      const begins = Math.max(0, track.begins - (codec.primes ? (first?.duration ?? 0) : 0));
      const skip = track.begins > 0 ? Math.round((begins / track.timescale) * sampleRate) : delay;
      return {
        sampleRate,
        channels,
        seconds:
          track.duration > track.begins ? (track.duration - track.begins) / track.timescale : undefined,
        decode: (later) =>
          decodePackets(
            withEnd(readPackets(source, position, track, later), sampleRate / track.timescale),
            format,
            headers,
            skip,
            later,
          ),
      };
    },
  };
}

/** The first track of sound, with the reader left behind the index. */
async function findTrack(source: ByteSource, reader: ByteReader, listener: Listener): Promise<Track> {
  while (reader.position < reader.size) {
    listener.waste(1);
    await listener.rest();
    const header = parseBoxHeader(await reader.peek(maxHeaderBytes));
    if (!header) break;
    const start = reader.position + header.length;
    reader.position = start + header.size;
    if (header.type !== 'moov') continue;
    if (header.size > maxIndexBytes || reader.position > reader.size) break;
    const tracks = parseTracks(await source.read(start, header.size), listener);
    const track = tracks.find((each) => each !== undefined);
    if (track) return track;
    if (tracks.length > 0) throw noSound(source);
    break;
  }
  throw damagedFile(source, 'MPEG-4');
}

interface TimedPacket {
  readonly data: Uint8Array;
  /** In the track's units of time. */
  readonly duration: number;
}

async function firstPacket(
  source: ByteSource,
  position: number,
  track: Track,
  listener: Listener,
): Promise<TimedPacket | undefined> {
  for await (const packet of readPackets(source, position, track, listener)) return packet;
  return undefined;
}

/** The packets of a track: those of the index, then those of fragments behind `position`. */
async function* readPackets(
  source: ByteSource,
  position: number,
  track: Track,
  listener: Listener,
): AsyncGenerator<TimedPacket> {
  const reader = createByteReader(source);
  let missing = 0;
  for await (const { offset, size, duration } of readPlaces(source, position, track, listener)) {
    await listener.rest();
    const isThere = offset >= 0 && offset + size <= source.size;
    missing = isThere ? 0 : missing + 1;
    if (!isThere) listener.endsEarly();
    else if (size > maxPacketBytes) listener.damaged();
    if (missing > maxMissing) return;
    if (!isThere || size === 0 || size > maxPacketBytes) {
      listener.waste(stepsPerNothing);
      continue;
    }
    reader.position = offset;
    // Others read meanwhile, for the packet before.
    yield { data: (await reader.peek(size)).slice(0, size), duration };
  }
}

async function* readPlaces(
  source: ByteSource,
  position: number,
  track: Track,
  listener: Listener,
): AsyncGenerator<PacketPlace> {
  yield* readSampleTable(track.table, listener);
  if (!track.fragments) return;
  const reader = createByteReader(source);
  reader.position = position;
  yield* readFragments(reader, track.fragments, listener);
}

/** Of the last packet, only as much is heard as the file says that it lasts. */
async function* withEnd(
  packets: AsyncIterable<TimedPacket>,
  framesPerUnit: number,
): AsyncGenerator<TrackPacket> {
  let held: TimedPacket | undefined;
  for await (const packet of packets) {
    if (held) yield { data: held.data };
    held = packet;
  }
  if (held) yield { data: held.data, lasts: Math.round(held.duration * framesPerUnit) };
}
