// Files that are written while they are recorded: after an index without packets, fragments that each have their own.

import type { ByteReader } from '../byte-reader.js';
import type { Listener } from '../listener.js';
import { findBox, maxHeaderBytes, parseBoxes, parseBoxHeader, viewOf } from './boxes.js';
import type { PacketPlace } from './sample-table.js';

/** What holds for packets of which a fragment says nothing else. */
export interface FragmentDefaults {
  readonly track: number;
  readonly duration: number;
  readonly size: number;
}

/** No index of a fragment is larger. */
const maxFragmentBytes = 2 ** 24;

/** The places of a track's packets in the fragments from the reader's position on. */
export async function* readFragments(
  reader: ByteReader,
  defaults: FragmentDefaults,
  listener: Listener,
): AsyncGenerator<PacketPlace> {
  while (reader.position < reader.size) {
    await listener.rest();
    listener.waste(1);
    const start = reader.position;
    const header = parseBoxHeader(await reader.peek(maxHeaderBytes));
    if (!header) return;
    const end = start + header.length + header.size;
    if (header.type === 'moof') {
      if (header.size > maxFragmentBytes || end > reader.size) return listener.endsEarly();
      reader.position = start + header.length;
      const fragment = (await reader.peek(header.size)).slice(0, header.size);
      for (const { type, data } of parseBoxes(fragment, listener)) {
        if (type === 'traf') yield* readTrackFragment(data, start, defaults, listener);
      }
    }
    reader.position = end;
  }
}

function* readTrackFragment(
  content: Uint8Array,
  fragmentStart: number,
  defaults: FragmentDefaults,
  listener: Listener,
): Generator<PacketPlace> {
  const header = createFields(findBox(content, ['tfhd'], listener));
  const flags = header.next() & 0xffffff;
  if (header.next() !== defaults.track) return;
  const base = flags & 1 ? header.next() * 2 ** 32 + header.next() : fragmentStart;
  if (flags & 2) header.next();
  const duration = flags & 8 ? header.next() : defaults.duration;
  const size = flags & 16 ? header.next() : defaults.size;

  let offset = base;
  for (const { type, data } of parseBoxes(content, listener)) {
    if (type !== 'trun') continue;
    const run = createFields(data);
    const has = run.next() & 0xffffff;
    const count = run.next();
    if (has & 1) offset = base + (run.next() | 0);
    if (has & 4) run.next();
    const columns = [0x100, 0x200, 0x400, 0x800].filter((flag) => has & flag).length;
    // Packets of which nothing is said take no place in the table.
    const there = columns === 0 ? count : Math.min(count, Math.floor(run.left() / columns));
    for (let packet = 0; packet < there; packet++) {
      const lasts = has & 0x100 ? run.next() : duration;
      const bytes = has & 0x200 ? run.next() : size;
      if (has & 0x400) run.next();
      if (has & 0x800) run.next();
      yield { offset, size: bytes, duration: lasts };
      offset += bytes;
    }
  }
}

interface Fields {
  /** The next number of 32 bits; 0 behind the end. */
  next(): number;
  /** How many are left. */
  left(): number;
}

function createFields(bytes: Uint8Array = new Uint8Array(0)): Fields {
  const view = viewOf(bytes);
  let at = 0;
  return {
    next() {
      at += 4;
      return at <= bytes.length ? view.getUint32(at - 4) : 0;
    },
    left: () => Math.max(0, Math.floor((bytes.length - at) / 4)),
  };
}

/** The defaults for a track in the content of the box `moov`. Undefined when the file has no fragments. */
export function fragmentDefaults(
  movie: Uint8Array,
  track: number,
  listener: Listener,
): FragmentDefaults | undefined {
  const extension = findBox(movie, ['mvex'], listener);
  if (!extension) return undefined;
  for (const { type, data } of parseBoxes(extension, listener)) {
    if (type !== 'trex' || data.length < 24) continue;
    const view = viewOf(data);
    if (view.getUint32(4) === track) return { track, duration: view.getUint32(12), size: view.getUint32(16) };
  }
  return { track, duration: 0, size: 0 };
}
