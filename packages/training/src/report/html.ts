// Text of a page that cannot forget to escape: whatever is put into a template is text, unless a template made it.

/** HTML as it may stand in a page. */
export interface Html {
  readonly html: string;
}

type Piece = string | number | false | undefined | Html | readonly Piece[];

export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { html: strings.map((text, place) => text + written(pieces[place])).join('') };
}

function written(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (typeof piece === 'string') return escapeHtml(piece);
  if (typeof piece === 'number') return `${piece}`;
  return 'html' in piece ? piece.html : piece.map(written).join('');
}

function escapeHtml(text: string): string {
  return text
    .replace(/[^\P{Cc}\n]|[\p{Cs}\uFFFE\uFFFF]/gu, '\u{FFFD}')
    .replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
