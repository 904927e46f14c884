// Where the packets of a track lie. The tables count runs and chunks, and are walked, not written out: what they claim
// costs nothing until it is asked for.

import type { Listener } from '../listener.js';
import { findBox, viewOf } from './boxes.js';

/** Where a packet lies in the file, and how long it lasts in the track's units of time. */
export interface PacketPlace {
  readonly offset: number;
  readonly size: number;
  readonly duration: number;
}

/** A table of rows of numbers, of 32 bits each unless told, behind a count. */
interface Table {
  readonly rows: number;
  at(row: number, column?: number): number;
}

/** The places in the content of a box `stbl`. */
export function* readSampleTable(content: Uint8Array, listener: Listener): Generator<PacketPlace> {
  const box = (type: string) => findBox(content, [type], listener) ?? new Uint8Array(0);
  const sizes = box('stsz');
  const times = createTable(box('stts'), 4, 2);
  const chunkRuns = createTable(box('stsc'), 4, 3);
  const large = findBox(content, ['co64'], listener);
  const chunks = createTable(large ?? box('stco'), 4, large ? 2 : 1);
  if (sizes.length < 12) return;
  const sameSize = viewOf(sizes).getUint32(4);
  const each = createTable(sizes, 8, 1);
  const count = sameSize > 0 ? viewOf(sizes).getUint32(8) : each.rows;

  let sample = 0;
  let timeRow = 0;
  let timeLeft = times.rows > 0 ? times.at(0) : 0;
  let chunkRow = 0;
  for (let chunk = 0; chunk < chunks.rows && sample < count; chunk++) {
    while (chunkRow + 1 < chunkRuns.rows && chunkRuns.at(chunkRow + 1) <= chunk + 1) chunkRow++;
    const inChunk = chunkRuns.rows > 0 ? chunkRuns.at(chunkRow, 1) : 0;
    let offset = large ? chunks.at(chunk) * 2 ** 32 + chunks.at(chunk, 1) : chunks.at(chunk);
    for (let place = 0; place < inChunk && sample < count; place++, sample++) {
      while (timeLeft === 0 && timeRow + 1 < times.rows) timeLeft = times.at(++timeRow);
      const size = sameSize > 0 ? sameSize : each.at(sample);
      yield { offset, size, duration: times.rows > 0 ? times.at(timeRow, 1) : 0 };
      timeLeft = Math.max(0, timeLeft - 1);
      offset += size;
    }
  }
}

/** As many rows as are said and there. */
function createTable(bytes: Uint8Array, countAt: number, columns: number): Table {
  const start = countAt + 4;
  if (bytes.length < start) return { rows: 0, at: () => 0 };
  const view = viewOf(bytes);
  const there = Math.floor((bytes.length - start) / (4 * columns));
  return {
    rows: Math.min(view.getUint32(countAt), there),
    at: (row, column = 0) => view.getUint32(start + 4 * (row * columns + column)),
  };
}
