// Frames of MPEG audio (MP1 to MP3) and of AAC in ADTS. Their headers are all that such a file has to be known by, and
// begin with eleven or twelve set bits, which other bytes have too: so several must follow one another.

export type FramedFormat = 'MP3' | 'AAC';

interface Frame {
  readonly format: FramedFormat;
  readonly bytes: number;
  /** What all frames of a file have in common. */
  readonly kind: number;
}

export interface FoundFrames {
  readonly format: FramedFormat;
  readonly at: number;
}

const headerBytes = 6;
/** Of a frame that holds any sound. */
const leastFrameBytes = 16;
/** As far as frames must follow one another where something else lies before them. */
const longRunBytes = 32_768;
const leastRunFrames = 3;

/** kbit/s by index: layers I, II, III of MPEG 1, then layer I and layers II and III of MPEG 2. */
const bitRates = [
  [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;

/** The frame whose header stands at `at`; undefined when there is none. */
export function frameAt(bytes: Uint8Array, at: number): Frame | undefined {
  const [first, second, third] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
  if (at + 4 > bytes.length || first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  if ((second & 0xf6) === 0xf0) return adtsFrame(bytes, at);

  const version = (second >> 3) & 3; // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
  const layer = 4 - ((second >> 1) & 3);
  const rateIndex = third >> 4;
  const sampleRateIndex = (third >> 2) & 3;
  if (version === 1 || layer === 4 || rateIndex === 0 || rateIndex === 15 || sampleRateIndex === 3)
    return undefined;
  const table = version === 3 ? layer - 1 : layer === 1 ? 3 : 4;
  const bitRate = 1000 * bitRates[table]![rateIndex - 1]!;
  const sampleRate = [44_100, 48_000, 32_000][sampleRateIndex]! / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const padding = (third >> 1) & 1;
  const slots = layer === 1 ? 12 : layer === 3 && version !== 3 ? 72 : 144;
  const frameBytes = (Math.floor((slots * bitRate) / sampleRate) + padding) * (layer === 1 ? 4 : 1);
  return { format: 'MP3', bytes: frameBytes, kind: ((second & 0xfe) << 8) | (third & 0x0c) };
}

function adtsFrame(bytes: Uint8Array, at: number): Frame | undefined {
  const [second, third] = [bytes[at + 1]!, bytes[at + 2]!];
  const kind = ((second & 0xfe) << 8) | (third & 0xfc);
  if (((third >> 2) & 15) > 12) return undefined; // no such sample rate
  const length = ((bytes[at + 3]! & 3) << 11) | ((bytes[at + 4] ?? 0) << 3) | ((bytes[at + 5] ?? 0) >> 5);
  return { format: 'AAC', bytes: length, kind };
}

/** Whether frames begin at `at`: two, or one that reaches beyond `bytes`. */
export function framesAt(bytes: Uint8Array, at: number): FramedFormat | undefined {
  const first = frameAt(bytes, at);
  if (!first) return undefined;
  if (bytes.length - at < leastFrameBytes) return first.format; // cut off in its first header
  const { count, end } = follow(bytes, at, first, 2);
  return count === 2 || (count === 1 && end + headerBytes > bytes.length) ? first.format : undefined;
}

/**
 * Looks for frames behind bytes of no known kind: a recorded stream begins amidst one. Other files hold frames too,
 * but not as many in one piece: these must go on for a while, or to the end.
 */
export function findFrames(bytes: Uint8Array, from: number, to: number): FoundFrames | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at < to; at = bytes.indexOf(0xff, at + 1)) {
    const first = frameAt(bytes, at);
    if (!first) continue;
    const { count, end } = follow(bytes, at, first, Infinity);
    const isWhole = end - at >= longRunBytes || end + headerBytes > bytes.length || isTag(bytes, end);
    if (count >= leastRunFrames && isWhole) return { format: first.format, at };
  }
  return undefined;
}

function follow(bytes: Uint8Array, at: number, first: Frame, most: number): { count: number; end: number } {
  let [count, end] = [0, at];
  for (; count < most; count++) {
    const frame = frameAt(bytes, end);
    if (frame?.kind !== first.kind || frame.bytes < leastFrameBytes) break;
    end += frame.bytes;
  }
  return { count, end };
}

/** What may stand behind the last frame. */
function isTag(bytes: Uint8Array, at: number): boolean {
  return /^(TAG|APE|LYR|ID3)/.test(String.fromCharCode(...bytes.subarray(at, at + 3)));
}
