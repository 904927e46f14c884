import type { SoundDecoder } from '@audiozoo/features/audio';
import { flac } from './flac.js';
import { mp3 } from './mp3.js';
import { opus } from './opus.js';
import { vorbis } from './vorbis.js';

export { flac, mp3, opus, vorbis };

/** All of them. */
export const codecs: readonly SoundDecoder[] = [mp3, flac, vorbis, opus];
