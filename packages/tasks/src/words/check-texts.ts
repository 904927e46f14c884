import { AudiozooError } from '@audiozoo/core';
import { mostLabels } from '@audiozoo/core/plugin';

/** Throws an `argument` error unless these are texts, of which there may be so many. */
export function checkTexts(option: string, texts: unknown): asserts texts is readonly string[] {
  const isList = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  if (isList && texts.length > 0 && texts.length <= mostLabels) return;
  throw new AudiozooError({
    code: 'argument',
    what: `\`${option}\` cannot be read`,
    expected: `a list of 1 to ${mostLabels} texts`,
    got: isList ? `${texts.length}` : 'something else',
    option,
  });
}

/** A text in the place of `{}`. */
export function inTemplate(template: string, text: string): string {
  return template.replaceAll('{}', () => text);
}
