import { flacFile } from './flac/flac-file.js';
import { flacPackets } from './flac/flac-packets.js';
import { matroskaFile } from './matroska/matroska-file.js';
import { mpeg4File } from './mpeg4/mpeg4-file.js';
import { oggFile } from './ogg/ogg-file.js';
import { soundDecoder } from './sound.js';

/** FLAC, to the last bit: decoded here, with nothing to load. */
export const flac = soundDecoder('flac', [
  flacFile,
  oggFile(flacPackets),
  matroskaFile(flacPackets),
  mpeg4File(flacPackets),
]);
