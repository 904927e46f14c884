// The three benchmarks of the paper, each in the form that it comes in.

import { dirname, join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import type { LabelIndex } from '@audiozoo/core/plugin';
import { UsageError } from '../session/session.js';
import type { Clip } from './clip.js';
import { readEsc50 } from './esc50.js';
import { readOfficialJson } from './official-json.js';
import { readSpeechCommands } from './speech-commands.js';

/** Flags that say what to evaluate on. */
export interface DataSetFlags {
  /** A data file of the official AST code. */
  readonly data?: string;
  /** A folder of ESC-50, and which of its folds. */
  readonly esc50?: string;
  readonly fold?: number;
  /** A folder of Speech Commands. */
  readonly speechCommands?: string;
  /** Where the clips' paths start. */
  readonly audioFolder?: string;
}

export interface DataSet {
  /** The file or folder, as it was named. */
  readonly source: string;
  /** Whether each fold is for a model of its own, which has not heard it in training. */
  readonly isCrossValidation: boolean;
  /** Reads the list of clips. Throws `file` errors when it cannot be read, and on labels that no class has. */
  readClips(labels: LabelIndex, signal: AbortSignal): Promise<Clip[]>;
}

/** Throws a UsageError unless the flags name one data set. */
export function chooseDataSet({ data, esc50, fold, speechCommands, audioFolder }: DataSetFlags): DataSet {
  const [source, another] = [data, esc50, speechCommands].filter((name) => name !== undefined);
  if (source === undefined || another !== undefined) {
    throw new UsageError('expected one of --data FILE.json, --esc50 FOLDER and --speech-commands FOLDER.');
  }
  if (fold !== undefined && esc50 === undefined) throw new UsageError('--fold goes with --esc50 only.');
  return {
    source,
    isCrossValidation: esc50 !== undefined && fold === undefined,
    async readClips(labels, signal) {
      if (data !== undefined) return readOfficialJson(data, audioFolder ?? dirname(data), labels, signal);
      if (speechCommands !== undefined) {
        return readSpeechCommands(speechCommands, audioFolder ?? speechCommands, labels);
      }
      const clips = await readEsc50(source, audioFolder ?? join(source, 'audio'), labels);
      const chosen = clips.filter((clip) => fold === undefined || clip.fold === fold);
      if (chosen.length > 0) return chosen;
      throw new AudiozooError({ code: 'file', what: `${source} has no clip of fold ${fold}` });
    },
  };
}
