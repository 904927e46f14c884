// A recording's scores along time in a table, as sed_scores_eval has them: onset, offset, and a column for each label.

import { readTextFile } from '@audiozoo/core/disk';
import { parseCsv, quote, refusing } from '@audiozoo/core/plugin';
import type { ScoredWindow } from '@audiozoo/tasks';

/** An hour of 447 labels every 40 ms, to six decimals. */
const maxBytes = 400_000_000;
const maxRows = 2_000_000;
const maxColumns = 1000;

export interface ScoreTable {
  readonly labels: readonly string[];
  /** From the beginning of the recording on, without gaps. */
  readonly steps: readonly Pick<ScoredWindow, 'start' | 'end' | 'scores'>[];
}

/** Throws `file` errors when the file cannot be read or understood. */
export async function readScoreTable(path: string): Promise<ScoreTable> {
  const text = await readTextFile(path, maxBytes, 'is no table of scores');
  const refuse = refusing('file', `${path} is no table of scores:`, {
    hint: 'The first line names the columns by tabs or commas: onset, offset, and the labels.',
  });
  const [firstLine] = text.split('\n', 1) as [string];
  const separator = firstLine.includes('\t') ? '\t' : ',';
  const [header = [], ...rows] = parseCsv(text, path, { separator, maxRows, maxColumns });
  const [onset, offset, ...labels] = header;
  if (onset !== 'onset' || offset !== 'offset' || labels.length === 0 || rows.length === 0) {
    throw refuse('it does not begin with onset, offset and labels, or has no rows', {
      got: quote(header.join(',')),
    });
  }
  if (new Set(labels).size < labels.length)
    throw refuse('a label has two columns', { got: quote(header.join(',')) });
  let reached = 0; // seconds
  const steps = rows.map((row) => {
    const [start, end, ...scores] = row.map((value) =>
      value === '' ? Number.NaN : Number(value.replace(/inf$/, 'Infinity')),
    ) as [number, number, ...number[]];
    const follows = Math.abs(start - reached) < 1e-6 && end > start && end < Infinity;
    reached = end;
    if (follows && scores.every((score) => score < Infinity)) {
      return { start, end, scores: Float64Array.from(scores) };
    }
    throw refuse('a row is no step of it', {
      expected: 'an onset where the row before ends, or 0, a later offset, and scores',
      got: quote(row.join(',')),
    });
  });
  return { labels, steps };
}
