import { parseSize } from './elements.js';

const laceXiph = 1;
const laceFixed = 2;

/** The number of the track that a block belongs to. */
export function trackOfBlock(bytes: Uint8Array): number | undefined {
  return parseSize(bytes, 0)?.value;
}

/** The packets that lie in a block together. Undefined when it is damaged. */
export function parseBlock(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const track = parseSize(bytes, 0);
  // Behind it: the time, in two bytes, and flags.
  let next = (track?.length ?? 0) + 3;
  if (!track || next > bytes.length) return undefined;
  const lacing = (bytes[next - 1]! >> 1) & 3;
  if (lacing === 0) return [bytes.subarray(next)];

  const count = bytes[next++]! + 1;
  const sizes: number[] = [];
  if (lacing === laceFixed) {
    const size = (bytes.length - next) / count;
    if (!Number.isInteger(size)) return undefined;
    sizes.push(...new Array<number>(count - 1).fill(size));
  } else {
    for (let index = 0; index < count - 1; index++) {
      if (lacing === laceXiph) {
        let size = 0;
        while (bytes[next] === 255) size += bytes[next++]!;
        sizes.push(size + (bytes[next++] ?? 0));
      } else {
        const number = parseSize(bytes, next);
        if (!number) return undefined;
        next += number.length;
        // Each but the first is the difference to the one before, moved so that it is never negative.
        const middle = 2 ** (7 * number.length - 1) - 1;
        sizes.push(index === 0 ? number.value : sizes[index - 1]! + number.value - middle);
      }
    }
  }
  const packets: Uint8Array[] = [];
  for (const size of sizes) {
    if (!(size >= 0 && next + size <= bytes.length)) return undefined;
    packets.push(bytes.subarray(next, next + size));
    next += size;
  }
  packets.push(bytes.subarray(next));
  return packets;
}
