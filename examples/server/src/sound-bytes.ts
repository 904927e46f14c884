import { concatenate } from '@audiozoo/core/plugin';

/** A sound file: its bytes, whole or in the pieces in which they came, or its path. */
export type SoundBytes = Uint8Array | readonly Uint8Array[] | string;

/**
 * Its path, or its bytes in memory of their own, which can go to another thread: Node's buffers may share theirs. The
 * pieces stay, and are no more than what the socket had allocated anyway.
 */
export function wholeOf(sound: SoundBytes): Uint8Array<ArrayBuffer> | string {
  if (typeof sound === 'string') return sound;
  return concatenate(Uint8Array, sound instanceof Uint8Array ? [sound] : sound);
}
