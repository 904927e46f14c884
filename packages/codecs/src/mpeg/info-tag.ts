// The tag that encoders write into a first frame without sound, "Xing" or "Info", and the extension in which they say
// how much of the decoded sound they added themselves.

import { startsWith } from '../starts-with.js';
import type { FrameHeader } from './frame-header.js';

export interface InfoTag {
  /** Frames with sound; undefined when not said. */
  readonly frames: number | undefined;
  /** Samples of each channel that the encoder put before and behind the sound; undefined when not said. */
  readonly added: { readonly before: number; readonly behind: number } | undefined;
}

/** Programs whose extension can be believed. */
const writers = ['LAME', 'Lavf', 'Lavc'];

/** The tag in a frame. Undefined when the frame holds sound. */
export function parseInfoTag(frame: Uint8Array, { sideBytes }: FrameHeader): InfoTag | undefined {
  if (startsWith(frame.subarray(36), 'VBRI')) return { frames: bigEndian(frame, 36 + 14), added: undefined };
  const tag = frame.subarray(sideBytes);
  if (!startsWith(tag, 'Xing') && !startsWith(tag, 'Info')) return undefined;
  const flags = tag[7] ?? 0;
  const frames = flags & 1 ? bigEndian(tag, 8) : undefined;
  const optional = (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
  const extension = tag.subarray(8 + optional);
  if (extension.length < 24 || !writers.some((writer) => startsWith(extension, writer))) {
    return { frames, added: undefined };
  }
  return {
    frames,
    added: {
      before: (extension[21]! << 4) | (extension[22]! >> 4),
      behind: ((extension[22]! & 15) << 8) | extension[23]!,
    },
  };
}

function bigEndian(bytes: Uint8Array, offset: number): number | undefined {
  if (bytes.length < offset + 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset);
}
