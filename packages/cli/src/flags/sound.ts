// Flags of the commands that hear sound.

import { codecs } from '@audiozoo/codecs';
import type { AudioOptions, WindowOptions } from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import type { Session } from '../session/session.js';
import { addFlags, type FlagsOf, refuseFlags } from './common.js';
import { channel, decimal, wholeNumber } from './flag-value.js';

export const soundFile =
  'WAV, MP3, FLAC, Ogg, Opus, WebM; where ffmpeg is installed, anything it reads; - is standard input';

type PartFlags = FlagsOf<typeof partFlags>;
export type HearingFlags = FlagsOf<typeof hearingFlags>;
type WindowFlags = FlagsOf<typeof windowFlags>;
type BatchFlags = FlagsOf<typeof batchFlags>;

/** Flags of commands that hear a part of a sound. */
export const partFlags = new Command()
  .option('--start <s>', 'seconds from the beginning to skip', decimal({ atLeast: 0 }))
  .option('--duration <s>', 'seconds to hear (default: to the end)', decimal({ above: 0 }));

/** The flag of commands that decode sound. */
export const decoderFlags = new Command().addOption(
  new Option('--decoder <name>', 'of compressed sound: only this one (default: whichever can)').choices([
    'auto',
    'mp3',
    'flac',
    'vorbis',
    'opus',
    'ffmpeg',
  ]),
);

/** Flags of commands that read sound. */
export const hearingFlags = addFlags(
  new Command()
    .option('--channel <n|mean>', 'which channel of several, from 0, or their mean (default: 0)', channel)
    .addOption(
      new Option('--resampling <kernel>', "torchaudio's default kernel, or a cleaner and slower one").choices(
        ['default', 'kaiser_best'],
      ),
    ),
  decoderFlags,
);

/** Throws a UsageError when something is said of sound where none is heard. */
export function refuseSoundFlags(
  flags: PartFlags & HearingFlags & WindowFlags & { size?: unknown; aggregate?: unknown },
  why: string,
): void {
  const { start, duration, channel, resampling, decoder, size, window, hop, aggregate } = flags;
  const told = { start, duration, channel, resampling, decoder, size, window, hop, aggregate };
  refuseFlags(told, `is about sound: ${why}`);
}

export function audioOptions(
  { start, duration, channel, resampling, decoder }: PartFlags & HearingFlags,
  { signal, warn }: Pick<Session, 'signal' | 'warn'>,
): AudioOptions {
  const kernel = resampling === 'kaiser_best' ? resampling : undefined;
  const told = new Set<string>();
  const onNote = (note: string) => {
    if (told.has(note)) return; // several models hear one file
    told.add(note);
    warn(note.replaceAll('`channel`', '--channel'));
  };
  return { start, duration, channel, kernel, decoders: codecs, decoder, onNote, signal };
}

/** Flags of commands that hear sound window by window. */
export const windowFlags = new Command()
  .option('--window <s>', "seconds heard at a time (default: the model's)", decimal({ above: 0 }))
  .option('--hop <s>', 'seconds from one window to the next', decimal({ above: 0 }));

/** Of those that hear several at a time. */
export const batchFlags = new Command().option(
  '--batch <n>',
  'windows, or whole clips, per run',
  wholeNumber(1, 4096),
);

export function windowOptions({ window, hop, batch }: WindowFlags & BatchFlags): WindowOptions {
  return { window, hop, batch };
}
