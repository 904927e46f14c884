// Lines of text in a picture. How wide a text is can only be guessed without a font at hand: a little too wide, so
// that nothing runs into anything.

import { element, escapeText } from './svg.js';

export interface TextOptions {
  /** Pixels of the font: 14 when absent. */
  readonly size?: number;
  readonly fill: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Longer text ends in an ellipsis. */
  readonly maxWidth?: number;
}

const usualSize = 14;

/** A line of text whose vertical middle is at `y`. */
export function text(content: string, x: number, y: number, options: TextOptions): string {
  const { size = usualSize, fill, anchor = 'start', maxWidth = Number.POSITIVE_INFINITY } = options;
  const attributes = { x, y: y + 0.35 * size, 'font-size': size, fill, 'text-anchor': anchor };
  return element('text', attributes, escapeText(shorten(content, maxWidth, size)));
}

/** About how many pixels a text is wide, rather too many. */
export function textWidth(content: string, size = usualSize): number {
  return [...content].reduce((sum, character) => sum + size * characterWidth(character), 0);
}

/** Shares of the font's size: Inter's advances, grouped. */
function characterWidth(character: string): number {
  if (
    /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]|\p{Extended_Pictographic}/u.test(
      character,
    )
  ) {
    return 1;
  }
  if (/[iIjl.,:;'|! ]/.test(character)) return 0.3;
  if (/[mwMW@%—]/.test(character)) return 0.95;
  return /[A-Z]/.test(character) ? 0.72 : 0.61;
}

function shorten(content: string, maxWidth: number, size: number): string {
  if (textWidth(content, size) <= maxWidth) return content;
  const characters = [...content];
  while (characters.length > 0 && textWidth(`${characters.join('')}…`, size) > maxWidth) characters.pop();
  return `${characters.join('')}…`;
}
