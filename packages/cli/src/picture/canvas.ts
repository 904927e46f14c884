import { glyphsOf, lineHeight, textWidth } from './font.js';
import { encodePng } from './png.js';

/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [number, number, number];

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface TextOptions {
  readonly colour: Colour;
  /** Where the text stands to its point; `left` when absent. */
  readonly align?: 'left' | 'centre' | 'right';
  /** Longer text ends in dots. */
  readonly maxWidth?: number;
}

/** Pixels to draw on, from the upper left. What lies outside is not drawn. */
export class Canvas {
  private readonly rgb: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    background: Colour,
  ) {
    this.rgb = new Uint8Array(width * height * 3);
    this.fill({ x: 0, y: 0, width, height }, background);
  }

  /** Lays a colour over a pixel; `opacity` from 0 (nothing) to 1. */
  blend(x: number, y: number, colour: Colour, opacity = 1): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 3;
    for (let i = 0; i < 3; i++) {
      this.rgb[at + i] = Math.round(this.rgb[at + i]! * (1 - opacity) + colour[i]! * opacity);
    }
  }

  fill({ x, y, width, height }: Rectangle, colour: Colour): void {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) this.blend(column, row, colour);
    }
  }

  /** Gives each pixel of an area the colour that `colourAt` has for its place, (0, 0) at the upper left. */
  paint({ x, y, width, height }: Rectangle, colourAt: (column: number, row: number) => Colour): void {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        this.blend(x + column, y + row, colourAt(column, row));
      }
    }
  }

  /** Writes a line of text whose top is at `y`. */
  text(text: string, x: number, y: number, { colour, align = 'left', maxWidth }: TextOptions): void {
    const fitting = maxWidth === undefined ? text : shorten(text, maxWidth);
    const share = { left: 0, centre: 0.5, right: 1 }[align];
    let left = Math.round(x - share * textWidth(fitting));
    for (const { width, ink } of glyphsOf(fitting)) {
      ink.forEach((opacity, index) => {
        if (opacity > 0) this.blend(left + (index % width), y + Math.floor(index / width), colour, opacity);
      });
      left += width;
    }
  }

  toPng(): Uint8Array {
    return encodePng(this.width, this.height, this.rgb);
  }
}

/** Lines of text below each other, as pixels from top to top. */
export const lineSpacing = lineHeight + 4;

function shorten(text: string, maxWidth: number): string {
  if (textWidth(text) <= maxWidth) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(`${characters.join('')}...`) > maxWidth) characters.pop();
  return `${characters.join('')}...`;
}
