// Events of many recordings in one table, by tabs or commas, as DCASE or AudioSet-Strong names its columns.

import { readTextFile } from '@audiozoo/core/disk';
import { parseCsv, quote, refusing } from '@audiozoo/core/plugin';
import type { TimedEvent } from '@audiozoo/tasks';

/** AudioSet's strong labels come near a million rows. */
const maxBytes = 100_000_000;
const maxRows = 2_000_000;

/** Recording, beginning, end and label. */
const headers = [
  ['filename', 'onset', 'offset', 'event_label'],
  ['segment_id', 'start_time_seconds', 'end_time_seconds', 'label'],
] as const;

/**
 * Each recording's events, by its name, in the order of the file. A row of a name alone is a recording without events.
 * Throws `file` errors when the file cannot be read or understood.
 */
export async function readEventFile(path: string): Promise<Map<string, TimedEvent[]>> {
  const text = await readTextFile(path, maxBytes, 'is no list of events');
  const refuse = refusing('file', `${path} is no list of events:`, {
    hint: `The first line names the columns: ${headers.map((names) => names.join(', ')).join('; or ')}, by tabs or commas.`,
  });
  const [firstLine] = text.split('\n', 1) as [string];
  const [header = [], ...rows] = parseCsv(text, path, {
    separator: firstLine.includes('\t') ? '\t' : ',',
    maxRows,
  });
  const columns = headers.find(([name]) => header.includes(name)) ?? headers[0];
  const places = columns.map((name) => {
    const place = header.indexOf(name);
    if (place === -1) throw refuse(`it has no column ${name}`, { got: quote(header.join(',')) });
    return place;
  });
  const events = new Map<string, TimedEvent[]>();
  for (const row of rows) {
    const [name, onset, offset, label] = places.map((place) => row[place]!) as [
      string,
      string,
      string,
      string,
    ];
    const ofFile = events.get(name) ?? [];
    events.set(name, ofFile);
    if ([onset, offset, label].every((value) => value === '')) continue;
    const [start, end] = [onset, offset].map((value) => (value === '' ? Number.NaN : Number(value))) as [
      number,
      number,
    ];
    if (name !== '' && label !== '' && start >= 0 && end >= start && end < Infinity) {
      ofFile.push({ label, start, end });
      continue;
    }
    throw refuse('a row is no event', {
      expected: 'a name, seconds from 0 on, the offset not before the onset, and a label',
      got: quote(row.join(',')),
    });
  }
  return events;
}
