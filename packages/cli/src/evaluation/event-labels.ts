// Labels of events, which tables write by name or by AudioSet's machine identifier, by the names that a model has.

import { AudiozooError, type Label } from '@audiozoo/core';
import { quoteName } from '@audiozoo/core/plugin';
import type { TimedEvent } from '@audiozoo/tasks';
import type { Session } from '../session/session.js';
import type { EventsByFile } from './findings.js';

/** As AudioSet's ontology has them. */
const machineIdentifier = /^\/[mgt]\/\w+$/;

export function namesByIdentifier(labels: readonly Label[]): ReadonlyMap<string, string> {
  return new Map(labels.flatMap(({ mid, name }) => (mid === undefined ? [] : [[mid, name] as const])));
}

/** The same events, identifiers of these labels replaced by their names. */
export function labelsByName(events: EventsByFile, labels: readonly Label[]): Map<string, TimedEvent[]> {
  const names = namesByIdentifier(labels);
  const named = (event: TimedEvent) => ({ ...event, label: names.get(event.label) ?? event.label });
  return new Map([...events].map(([file, ofFile]) => [file, ofFile.map(named)]));
}

/**
 * The events that one who has these labels, a model or `who` else, can be judged by, under their names. Identifiers of
 * none of them are left out with a warning: a published table has more than one model knows. A name that is none is an
 * `argument` error.
 */
export function eventsOfLabels(
  events: EventsByFile,
  labels: readonly Label[],
  who: string,
  { warn }: Pick<Session, 'warn'>,
): Map<string, TimedEvent[]> {
  const known = new Set(labels.map(({ name }) => name));
  const foreign: string[] = []; // of each event
  const kept = ({ label }: TimedEvent) => {
    if (known.has(label)) return true;
    if (!machineIdentifier.test(label)) throw unknownLabel(label, who);
    foreign.push(label);
    return false;
  };
  const named = [...labelsByName(events, labels)];
  const own = new Map(named.map(([file, ofFile]) => [file, ofFile.filter(kept)]));
  const [first] = foreign;
  if (first === undefined) return own;
  if ([...own.values()].every(({ length }) => length === 0)) throw unknownLabel(first, who);
  const names = [...new Set(foreign)].join(', ');
  warn(`${foreign.length} events are left out, of labels that ${who} does not have: ${names}`);
  return own;
}

function unknownLabel(label: string, who: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `${who} cannot be judged by these events`,
    expected: 'names or identifiers of its labels',
    got: quoteName(label),
    hint: `Rename it in the file of events to what ${who} calls it, or leave it out.`,
  });
}
