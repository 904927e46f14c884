// Labels as data sets write them, by machine identifier or by name, to places among classes.

import { quote, quoteName } from '../checks/quote.js';
import { AudiozooError } from '../errors.js';
import type { Label } from './label.js';

export interface LabelIndex {
  /** The place of a machine identifier or name. Throws a `file` error when no class has it, or several do. */
  find(text: string, where: string): number;
  /** The places of labels with commas between them, as the official data files write them. */
  findAll(list: string, where: string): number[];
}

export function createLabelIndex(labels: readonly Label[]): LabelIndex {
  const places = new Map<string, number>();
  const ambiguous = new Set<string>();
  let mostParts = 1; // of a name, by commas
  labels.forEach(({ name, mid }, place) => {
    mostParts = Math.max(mostParts, name.split(',').length);
    for (const text of mid === undefined ? [name] : [mid, name]) {
      if (places.has(text) && places.get(text) !== place) ambiguous.add(text);
      else places.set(text, place);
    }
  });

  function find(text: string, where: string): number {
    const place = places.get(text);
    if (place === undefined) {
      const some = labels.slice(0, 3).map(({ name, mid }) => mid ?? name);
      throw refuse(
        where,
        `no class is ${quote(text)}`,
        `one of ${labels.length}: ${some.map(quoteName).join(', ')}, …`,
      );
    }
    if (ambiguous.has(text)) {
      throw refuse(where, `several classes are ${quote(text)}`, 'machine identifiers, which differ');
    }
    return place;
  }

  /** Names may hold commas themselves (`Child speech, kid speaking`): of those that fit, the longest. */
  function findAll(list: string, where: string): number[] {
    const parts = list.split(',');
    const found: number[] = [];
    for (let first = 0; first < parts.length; ) {
      let end = Math.min(first + mostParts, parts.length);
      while (end > first + 1 && !places.has(parts.slice(first, end).join(',').trim())) end--;
      found.push(find(parts.slice(first, end).join(',').trim(), where));
      first = end;
    }
    return [...new Set(found)];
  }

  return { find, findAll };
}

function refuse(where: string, why: string, expected: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${where} has a label that names no one class: ${why}`,
    expected,
    hint: 'Name the labels of all classes, in their order, with `labels`.',
    option: 'labels',
  });
}
