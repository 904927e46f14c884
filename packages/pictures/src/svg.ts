// SVG as text, so that the same drawing is a file, a part of a page, or pixels.

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Attributes = Readonly<Record<string, string | number>>;

/** One element. `children` are elements; text goes through `escapeText` first. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeValue(value)}"`);
  const open = `<${name}${pairs.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

/** A whole picture. `title` is what screen readers say of it. */
export function picture(
  width: number,
  height: number,
  title: string,
  ...children: readonly string[]
): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'font-family': 'Inter, system-ui, sans-serif',
    },
    element('title', {}, escapeText(title)),
    ...children,
  );
}

/** Text from elsewhere as XML can hold it: control characters, which it cannot, are shown as replaced. */
export function escapeText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\u{FFFD}')
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function attributeValue(value: string | number): string {
  return typeof value === 'number' ? `${Math.round(value * 100) / 100}` : escapeText(value);
}
