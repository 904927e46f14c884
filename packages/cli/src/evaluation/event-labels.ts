// Labels of events, which tables write by name or by AudioSet's machine identifier, by the names that a model has.

import { AudiozooError, type Label } from '@audiozoo/core';
import { quoteName } from '@audiozoo/core/plugin';
import type { TimedEvent } from '@audiozoo/tasks';
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
 * The events that a model can be judged by, by its names. Identifiers of no label of its are left out and counted: a
 * published table has more than one model knows. A name that it does not have is an `argument` error.
 */
export function eventsOfModel(
  events: EventsByFile,
  labels: readonly Label[],
): { readonly events: Map<string, TimedEvent[]>; readonly foreign: ReadonlyMap<string, number> } {
  const known = new Set(labels.map(({ name }) => name));
  const foreign = new Map<string, number>();
  const kept = ({ label }: TimedEvent) => {
    if (known.has(label)) return true;
    if (!machineIdentifier.test(label)) throw unknownLabel(label);
    foreign.set(label, (foreign.get(label) ?? 0) + 1);
    return false;
  };
  const named = [...labelsByName(events, labels)];
  const own = new Map(named.map(([file, ofFile]) => [file, ofFile.filter(kept)]));
  const [first] = foreign.keys();
  if (first !== undefined && [...own.values()].every(({ length }) => length === 0)) throw unknownLabel(first);
  return { events: own, foreign };
}

function unknownLabel(label: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'the model cannot be judged by these events',
    expected: 'names or identifiers of its labels',
    got: quoteName(label),
    hint: 'Rename it in the file to what the model calls it, or take another model.',
  });
}
