import { matroskaFile } from './matroska/matroska-file.js';
import { mpegFile } from './mpeg/mpeg-file.js';
import { mpegPackets } from './mpeg/mpeg-packets.js';
import { mpeg4File } from './mpeg4/mpeg4-file.js';
import { soundDecoder } from './sound.js';

/** MP3 and MPEG audio's other layers, by mpg123 (LGPL-2.1), which is loaded with the first such file. */
export const mp3 = soundDecoder('mp3', [matroskaFile(mpegPackets), mpeg4File(mpegPackets), mpegFile]);
