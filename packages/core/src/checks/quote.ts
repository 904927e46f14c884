// Text of strangers as it may stand in a message or a line of output. Names and labels come out of files: they must
// neither steer a terminal, nor forge lines, nor turn the text around them, nor fill a screen.

/** More of a text than this tells nobody more. */
const shownCharacters = 100;

/** What ends or turns a line: control characters, line and paragraph separators, bidirectional controls. */
const unprintable = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]|\p{Cs}/gu;

/** Text with whatever would leave its line written as an escape: `\n`, `\u202e`. */
export function oneLine(text: string): string {
  return text.replace(unprintable, escapeCharacter);
}

/** Text from a file, as it may stand in a message: quoted, on one line, of bounded length. */
export function quote(text: string): string {
  return oneLine(JSON.stringify(clip(text, shownCharacters)));
}

/** The same without quotes, for lists of names. */
export function quoteName(name: string): string {
  return oneLine(clip(name, shownCharacters));
}

/** A JSON value as a message can show it, however deep or long a hostile one is. */
export function preview(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value
      .slice(0, 8)
      .map((item) => (typeof item === 'object' && item !== null ? '…' : preview(item)));
    return clip(`[${items.join(', ')}${value.length > 8 ? ', …' : ''}]`, 2 * shownCharacters);
  }
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === undefined ? 'nothing' : clip(String(value), shownCharacters);
}

/** The first names of a list, as many as a message has room for, and how many more there are. */
export function listNames(names: readonly string[]): string {
  const mostNames = 12;
  const mostCharacters = 280;
  const shown: string[] = [];
  let characters = 0;
  for (const name of names.slice(0, mostNames)) {
    const text = quoteName(name);
    characters += text.length;
    if (shown.length > 0 && characters > mostCharacters) break;
    shown.push(text);
  }
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** At most `most` characters of a text; `…` stands for what is left out. */
export function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function escapeCharacter(character: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
