// Clips and what is heard in them, whichever form they come in.

import { AudiozooError, type Label } from '@audiozoo/core';
import { createLabelIndex, mostLabels } from '@audiozoo/core/plugin';

/** A clip as a table names it. */
export interface NamedClip {
  /** A path, from the table's folder where it is relative. */
  readonly file: string;
  /** Labels with commas between them. */
  readonly labels: string;
  /** The part of a cross-validation that it belongs to. */
  readonly fold?: number | undefined;
  /** The part of the file that the clip is, in seconds; absent: from its beginning, to its end. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  /** Where it stands: `clips.csv, row 7`. */
  readonly where: string;
}

export interface LabeledClip extends Omit<NamedClip, 'labels' | 'where'> {
  /** Places of its labels among the classes, in their order; one or more. */
  readonly labels: readonly number[];
}

export interface DataSet {
  /** The classes, in the order of a model's outputs. */
  readonly labels: readonly Label[];
  readonly clips: readonly LabeledClip[];
}

/**
 * Clips by places of their labels. Where `labels` is absent, the classes are the names that occur, in the order of their
 * characters; names that hold commas must be given. Rows of one part of one file are one clip of several labels. Throws
 * `file` errors that say where a label is unknown or rows contradict one another.
 */
export function labelClips(named: readonly NamedClip[], labels: readonly Label[] = namesIn(named)): DataSet {
  const index = createLabelIndex(labels);
  const clips = new Map<string, LabeledClip>();
  for (const { labels: list, where, ...clip } of named) {
    const found = index.findAll(list, where);
    const key = JSON.stringify([clip.file, clip.start, clip.end]);
    const earlier = clips.get(key);
    if (earlier && earlier.fold !== clip.fold) {
      throw new AudiozooError({
        code: 'file',
        what: `${where} has another fold than the same clip before`,
        expected: `${earlier.fold ?? 'none'}`,
        got: `${clip.fold ?? 'none'}`,
      });
    }
    const all = [...new Set([...(earlier?.labels ?? []), ...found])];
    clips.set(key, { ...clip, labels: all.sort((a, b) => a - b) });
  }
  return { labels, clips: [...clips.values()] };
}

function namesIn(named: readonly NamedClip[]): Label[] {
  const names = new Set(named.flatMap(({ labels }) => labels.split(',').map((name) => name.trim())));
  names.delete(''); // refused where it stands
  if (names.size > mostLabels) {
    throw new AudiozooError({
      code: 'file',
      what: 'a list of clips has too many labels',
      expected: `at most ${mostLabels}`,
      got: `${names.size}`,
      hint: 'Is another column the label?',
    });
  }
  return [...names].sort().map((name) => ({ name }));
}
