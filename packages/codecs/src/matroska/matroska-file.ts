// Sound in Matroska and WebM, read from front to back: only the elements that hold packets of the track are taken in.

import type { ByteSource } from '@audiozoo/core';
import { concatenate } from '@audiozoo/core/plugin';
import { type ByteReader, createByteReader } from '../byte-reader.js';
import type { Listener } from '../listener.js';
import type { PacketCodec } from '../packet-codec.js';
import { decodePackets, type TrackPacket } from '../packet-sound.js';
import { type Container, noSound } from '../sound.js';
import { startsWith } from '../starts-with.js';
import { parseBlock, trackOfBlock } from './block.js';
import {
  maxHeaderBytes,
  parseElementHeader,
  parseElements,
  readFloat,
  readSigned,
  readUnsigned,
} from './elements.js';
import { parseTracks, type Track } from './track.js';

const segmentId = 0x18538067;
const infoId = 0x1549a966;
const tracksId = 0x1654ae6b;
const clusterId = 0x1f43b675;
const blockGroupId = 0xa0;
const blockId = 0xa1;
const simpleBlockId = 0xa3;
const discardPaddingId = 0x75a2;

/** What else may lie in a segment or a cluster: anything but these means that the place is lost. */
const otherIds = new Set([
  ...[0x1a45dfa3, infoId, tracksId, 0x114d9b74, 0x1c53bb6b, 0x1941a469, 0x1043a770, 0x1254c367, 0xec, 0xbf],
  ...[0xe7, 0x5854, 0xa7, 0xab, simpleBlockId, blockGroupId, 0xaf],
]);

/** More than any packet of sound, or any description of tracks, takes. */
const maxElementBytes = 2 ** 22;
const nanoseconds = 1e9;
const clusterMark = [0x1f, 0x43, 0xb6, 0x75] as const;
/** Taking bytes in is cheap. */
const bytesPerStep = 64;
/** What looking for the next cluster once counts for. */
const stepsToLook = 64;

export function matroskaFile(codec: PacketCodec): Container {
  return {
    format: 'WebM',
    recognizes: (head) => startsWith(head, '\x1a\x45\xdf\xa3'),
    async open(source, reader, listener) {
      const found = await findTrack(source, reader, listener);
      if (!found || found.track.codec !== codec.matroskaName || found.track.encoded) return undefined;
      const { track, seconds } = found;
      const { position } = reader;
      const headers = track.codecPrivate ? [track.codecPrivate] : [];
      if (codec.headless) {
        for await (const { data } of readPackets(reader, track, 0, listener)) {
          headers[0] = data;
          break;
        }
      }
      const format = codec.format(headers);
      if (!format) return undefined;
      const { sampleRate, channels, delay } = format;
      const skip = delay || Math.round((track.codecDelay * sampleRate) / nanoseconds);
      return {
        sampleRate,
        channels,
        seconds,
        decode(later) {
          const from = createByteReader(source);
          from.position = position;
          return decodePackets(readPackets(from, track, sampleRate, later), format, headers, skip, later);
        },
      };
    },
  };
}

/** The first track of sound, with the reader left where clusters begin. */
async function findTrack(
  source: ByteSource,
  reader: ByteReader,
  listener: Listener,
): Promise<{ track: Track; seconds: number | undefined } | undefined> {
  let seconds: number | undefined;
  let tracks: (Track | undefined)[] | undefined;
  while (reader.position < reader.size) {
    listener.waste(1);
    await listener.rest();
    const header = parseElementHeader(await reader.peek(maxHeaderBytes));
    if (!header || header.id === clusterId) break;
    reader.position += header.length;
    if (header.id === segmentId) continue;
    if (header.id === infoId || header.id === tracksId) {
      const size = Math.min(header.size, maxElementBytes);
      listener.waste(size / bytesPerStep);
      const content = (await reader.peek(size)).slice(0, size);
      if (header.id === tracksId) tracks = parseTracks(content, listener);
      else {
        const fields = [...parseElements(content, listener)];
        const scale = fields.find(({ id }) => id === 0x2ad7b1);
        const duration = fields.find(({ id }) => id === 0x4489);
        if (duration)
          seconds = (readFloat(duration.data) * (scale ? readUnsigned(scale.data) : 1e6)) / nanoseconds;
      }
    }
    reader.position += header.size;
  }
  const track = tracks?.find((each) => each !== undefined);
  if (tracks && tracks.length > 0 && !track) throw noSound(source);
  return track && { track, seconds };
}

/** The packets of a track from the reader's position on. Clusters and groups are walked through, not taken in. */
async function* readPackets(
  reader: ByteReader,
  track: Track,
  sampleRate: number,
  listener: Listener,
): AsyncGenerator<TrackPacket> {
  const toFrames = (duration: number) => Math.max(0, Math.round((duration * sampleRate) / nanoseconds));

  for (;;) {
    await listener.rest();
    const bytes = await reader.peek(maxHeaderBytes);
    if (bytes.length === 0) return;
    const header = parseElementHeader(bytes);
    const { id = 0, size = 0, length = 0 } = header ?? {};
    const start = reader.position + length;
    if (id === segmentId || id === clusterId) {
      reader.position = start;
      continue;
    }
    if (!otherIds.has(id) || start + size > reader.size) {
      const cut = otherIds.has(id);
      const found = await findCluster(reader, listener);
      if (cut && !found) listener.endsEarly();
      else listener.damaged();
      if (!found) return;
      continue;
    }
    reader.position = start;
    const { data, discarded } = await readBlock(reader, id, size, listener);
    if (data && trackOfBlock(data) === track.number) {
      const packets = parseBlock(data);
      if (!packets) listener.damaged();
      for (const [index, packet] of (packets ?? []).entries()) {
        yield {
          data:
            track.packetStart.length === 0 ? packet : concatenate(Uint8Array, [track.packetStart, packet]),
          excessBefore: index === 0 ? toFrames(-discarded) : 0,
          excessBehind: index === packets!.length - 1 ? toFrames(discarded) : 0,
        };
      }
    }
    reader.position = start + size;
  }
}

/** A block as it lies in a cluster, or in a group with how much of it is not to be heard, in nanoseconds. */
async function readBlock(
  reader: ByteReader,
  id: number,
  size: number,
  { waste }: Listener,
): Promise<{ data?: Uint8Array | undefined; discarded: number }> {
  if ((id !== simpleBlockId && id !== blockGroupId) || size > maxElementBytes) return { discarded: 0 };
  const content = (await reader.peek(size)).subarray(0, size);
  if (id === simpleBlockId) return { data: content, discarded: 0 };
  const fields = [...parseElements(content, { waste })];
  const padding = fields.find((field) => field.id === discardPaddingId);
  return {
    data: fields.find((field) => field.id === blockId)?.data,
    discarded: padding ? readSigned(padding.data) : 0,
  };
}

/** Moves to the next cluster behind what is damaged. False when there is none. */
async function findCluster(reader: ByteReader, listener: Listener): Promise<boolean> {
  reader.position++;
  for (;;) {
    await listener.rest();
    listener.waste(stepsToLook);
    const bytes = await reader.peek(2 ** 16);
    for (let at = bytes.indexOf(clusterMark[0]); at >= 0; at = bytes.indexOf(clusterMark[0], at + 1)) {
      if (clusterMark.some((byte, index) => bytes[at + index] !== byte)) continue;
      reader.position += at;
      return true;
    }
    if (reader.position + bytes.length >= reader.size) {
      return false;
    }
    reader.position += bytes.length - clusterMark.length + 1;
  }
}
