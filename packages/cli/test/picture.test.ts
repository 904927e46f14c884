import { describe, expect, it } from 'vitest';
import { Canvas, type Colour } from '../src/picture/canvas.js';
import { magma } from '../src/picture/colour-map.js';
import { glyphsOf, textWidth } from '../src/picture/font.js';
import { decodePng } from './png.js';

const white: Colour = [255, 255, 255];
const black: Colour = [0, 0, 0];

describe('a canvas', () => {
  it('comes back from its PNG pixel by pixel', () => {
    const canvas = new Canvas(37, 11, white);
    const colourAt = (x: number, y: number): Colour => [(x * 7) % 256, (y * 23) % 256, (x * y) % 256];
    canvas.paint({ x: 0, y: 0, width: 37, height: 11 }, colourAt);
    const picture = decodePng(canvas.toPng());
    expect([picture.width, picture.height]).toEqual([37, 11]);
    for (let y = 0; y < 11; y++)
      for (let x = 0; x < 37; x++) expect(picture.at(x, y)).toEqual(colourAt(x, y));
  });

  it('leaves what lies outside undrawn', () => {
    const canvas = new Canvas(4, 4, white);
    canvas.fill({ x: 2, y: 2, width: 10, height: 10 }, black);
    canvas.text('far out', -20, -5, { colour: black });
    canvas.fill({ x: -3, y: -3, width: 4, height: 4 }, black);
    const picture = decodePng(canvas.toPng());
    expect([picture.at(0, 0), picture.at(3, 3), picture.at(3, 0)]).toEqual([black, black, white]);
  });

  it('writes text where it is told to, and shortens what has no room', () => {
    const inkColumns = (text: string, options: object) => {
      const canvas = new Canvas(300, 30, white);
      canvas.text(text, 150, 2, { colour: black, ...options });
      const picture = decodePng(canvas.toPng());
      const columns = Array.from({ length: 300 }, (_, x) => x);
      const inked = columns.filter((x) =>
        Array.from({ length: 30 }, (_, y) => picture.at(x, y)[0]).some((level) => level < 128),
      );
      return [inked[0]!, inked.at(-1)!] as const;
    };
    expect(inkColumns('Hz', { align: 'left' })[0]).toBeGreaterThanOrEqual(150);
    expect(inkColumns('Hz', { align: 'right' })[1]).toBeLessThanOrEqual(150);
    const [first, last] = inkColumns('a recording with a long name.wav', { maxWidth: 90 });
    expect(last - first).toBeLessThanOrEqual(90);
    expect(last - first).toBeGreaterThan(60);
  });
});

describe('the font', () => {
  it('has ink for every character but the space', () => {
    for (let code = 33; code < 127; code++) {
      const [glyph] = glyphsOf(String.fromCharCode(code));
      expect(Math.max(...glyph!.ink), String.fromCharCode(code)).toBeGreaterThan(0.5);
    }
    expect(Math.max(...glyphsOf(' ')[0]!.ink)).toBe(0);
  });

  it('drops accents, and shows a question mark for what it lacks', () => {
    expect(glyphsOf('Vögel')).toEqual(glyphsOf('Vogel'));
    expect(glyphsOf('犬')).toEqual(glyphsOf('?'));
    expect(textWidth('')).toBe(0);
  });
});

it('magma grows lighter from end to end', () => {
  const lightness = Array.from({ length: 101 }, (_, index) => {
    const [red, green, blue] = magma(index / 100);
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
  expect(lightness).toEqual([...lightness].sort((a, b) => a - b));
  expect([magma(-1), magma(2)]).toEqual([magma(0), magma(1)]);
});
