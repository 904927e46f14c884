// The headers of MPEG audio: layers 1 to 3 of MPEG-1, MPEG-2 and its extension to lower rates.

export interface FrameHeader {
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes of the frame, header and all. */
  readonly length: number;
  /** Samples of each channel that it stands for. */
  readonly samples: number;
  /** Bytes between the beginning and what MP3 encoders call the main data: where a tag may lie. */
  readonly sideBytes: number;
  /** What all frames of a stream have alike. */
  readonly kind: number;
  readonly bytes: readonly [number, number, number, number];
}

export const headerBytes = 4;

const lowRates = [11_025, 12_000, 8_000];
/** In kbit/s, by [MPEG-1?, layer], for each code from 1. */
const bitRates = {
  first: [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  ],
  second: [
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ],
};

/** The header at `offset`. Undefined when there is none, or the frame says no length ("free format"). */
export function parseFrameHeader(bytes: Uint8Array, offset = 0): FrameHeader | undefined {
  if (offset + headerBytes > bytes.length) return undefined;
  const second = bytes[offset + 1]!;
  if (bytes[offset] !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const third = bytes[offset + 2]!;
  const fourth = bytes[offset + 3]!;
  const version = (second >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: its extension
  const layer = 4 - ((second >> 1) & 3);
  const rateCode = (third >> 2) & 3;
  const first = version === 3;
  const kilobits = bitRates[first ? 'first' : 'second'][layer - 1]?.[(third >> 4) - 1];
  if (version === 1 || layer === 4 || rateCode === 3 || kilobits === undefined || (fourth & 3) === 2) {
    return undefined;
  }
  const sampleRate = lowRates[rateCode]! * (first ? 4 : version === 2 ? 2 : 1);
  const channels = fourth >> 6 === 3 ? 1 : 2;
  const samples = layer === 1 ? 384 : layer === 3 && !first ? 576 : 1152;
  const padding = (third >> 1) & 1;
  const slotBytes = layer === 1 ? 4 : 1;
  const slots = Math.floor((samples * 125 * kilobits) / sampleRate / slotBytes) + padding;
  const mono = channels === 1;
  return {
    sampleRate,
    channels,
    length: slots * slotBytes,
    samples,
    sideBytes: headerBytes + (first ? (mono ? 17 : 32) : mono ? 9 : 17),
    kind: ((second & 0x1e) << 8) | (third & 0x0c) | (mono ? 1 : 0),
    bytes: [0xff, second, third, fourth],
  };
}

/** A frame like another, of silence: one without a checksum, whose bytes are all zero. */
export function silentFrame({ bytes: [first, second, third, fourth], length }: FrameHeader): Uint8Array {
  const frame = new Uint8Array(length);
  frame.set([first, second | 1, third, fourth]);
  return frame;
}
