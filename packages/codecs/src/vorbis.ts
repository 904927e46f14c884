import { matroskaFile } from './matroska/matroska-file.js';
import { mpeg4File } from './mpeg4/mpeg4-file.js';
import { oggFile } from './ogg/ogg-file.js';
import { soundDecoder } from './sound.js';
import { vorbisPackets } from './vorbis/vorbis-packets.js';

/** Vorbis, by libvorbis (BSD; its wrapper brings codec-parser, LGPL-3.0), which is loaded with the first such file. */
export const vorbis = soundDecoder('vorbis', [
  oggFile(vorbisPackets),
  matroskaFile(vorbisPackets),
  mpeg4File(vorbisPackets),
]);
