import { matroskaFile } from './matroska/matroska-file.js';
import { mpeg4File } from './mpeg4/mpeg4-file.js';
import { oggFile } from './ogg/ogg-file.js';
import { opusPackets } from './opus/opus-packets.js';
import { soundDecoder } from './sound.js';

/** Opus, by libopus (BSD), which is loaded with the first such file. */
export const opus = soundDecoder('opus', [
  oggFile(opusPackets),
  matroskaFile(opusPackets),
  mpeg4File(opusPackets),
]);
