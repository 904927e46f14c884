import { drawAttention, drawTimeline, type TimelineEvent } from '@audiozoo/pictures';
import { svgToPng } from '@audiozoo/pictures/png';
import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';

type Pixel = readonly [number, number, number];

/** Pixels of a drawing, two by two for each of its units. */
function pixels(svg: string) {
  const { width, height, data, channels } = decode(svgToPng(svg));
  const at = (x: number, y: number): Pixel => {
    const place = (Math.round(2 * y) * width + Math.round(2 * x)) * channels;
    return [data[place]!, data[place + 1]!, data[place + 2]!];
  };
  /** How many pixels of an area are not white. */
  const inked = (left: number, top: number, right: number, bottom: number) => {
    let count = 0;
    for (let y = top; y < bottom; y += 0.5) {
      for (let x = left; x < right; x += 0.5) if (Math.min(...at(x, y)) < 200) count++;
    }
    return count;
  };
  return { width: width / 2, height: height / 2, at, inked };
}

/** Its text and shapes, which failing tests can show. */
const withoutPixels = (svg: string) => svg.replaceAll(/data:image[^"]*/g, '');

const event = (index: number, start: number, end: number, score = 1): TimelineEvent => ({
  label: `label ${index}`,
  index,
  start,
  end,
  score,
});

/** Places of the rectangles with round corners: the bars. */
function bars(svg: string) {
  return [
    ...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"[^>]* rx="3" fill="([^"]+)"/g),
  ].map(([, x, y, width, fill]) => ({ x: Number(x), y: Number(y), width: Number(width), fill: fill! }));
}

describe('a timeline', () => {
  test('has a row for each label and a bar for each event, as long as the event', () => {
    const svg = drawTimeline({
      events: [event(3, 1, 2), event(1, 0, 4), event(3, 5, 6)],
      start: 0,
      end: 8,
      title: 'street.wav',
    });
    const [long, first, second] = bars(svg);
    expect(bars(svg)).toHaveLength(3);
    expect(long!.width).toBeCloseTo(512, 0);
    expect([first!.width, second!.x - first!.x]).toEqual([128, 512]);
    expect(first!.y).toBe(second!.y);
    expect(first!.y).toBeGreaterThan(long!.y); // in the model's order
    expect(svg).toContain('>label 1</text>');
    expect(svg).toContain('>street.wav</text>');
  });

  test('draws surer events darker', () => {
    const svg = drawTimeline({
      events: [event(0, 0, 1, 0.1), event(0, 2, 3, 1)],
      start: 0,
      end: 4,
      title: '',
    });
    const [faint, sure] = bars(svg).map(({ fill }) =>
      fill.match(/\d+/g)!.reduce((sum, level) => sum + Number(level), 0),
    );
    expect(faint).toBeGreaterThan(sure! + 200);
  });

  test('counts seconds from where the part begins', () => {
    const svg = drawTimeline({ events: [event(0, 61, 62)], start: 60, end: 64, title: '' });
    expect(bars(svg)[0]!.width).toBe(256);
    expect(svg).toContain('>62.0</text>');
    expect(svg).not.toContain('>0</text>');
  });

  test('shows the forty labels that are heard longest, and says how many it leaves out', () => {
    const events = Array.from({ length: 50 }, (_, index) => event(index, 0, index + 1));
    const svg = drawTimeline({ events, start: 0, end: 50, title: 'all' });
    expect(bars(svg)).toHaveLength(40);
    expect(svg).toContain('all, and 10 labels');
    expect(svg).not.toContain('>label 9</text>');
  });

  test('says that nothing was found, also of no sound at all', () => {
    expect(drawTimeline({ events: [], start: 0, end: 3, title: '' })).toContain('nothing found');
    expect(drawTimeline({ events: [], start: 0, end: 0, title: '' })).not.toMatch(/NaN|Infinity/);
  });

  test('holds text of others without letting it out of its place', () => {
    const hostile = '<script>alert(1)</script>&"\u0007\n';
    const svg = drawTimeline({
      events: [{ ...event(0, 0, 1), label: hostile }],
      start: 0,
      end: 1,
      title: hostile,
    });
    expect(svg).not.toContain('<script>');
    expect(svg).not.toContain('\u0007');
    expect(pixels(svg).width).toBeGreaterThan(1024);
  });

  test('shortens labels that have no room', () => {
    const long = { ...event(0, 0, 1), label: 'a label that goes on and on '.repeat(4) };
    const svg = drawTimeline({ events: [long], start: 0, end: 1, title: '' });
    expect(svg).toContain('…</text>');
    const { inked } = pixels(svg);
    expect(inked(0, 60, 20, 90)).toBe(0);
    expect(inked(24, 60, 284, 90)).toBeGreaterThan(200);
  });
});

describe('a PNG', () => {
  test.each(['zero', 'Vögel', 'Ελλάδα', 'птица', '50 % – “x”'])('has ink for %s', (label) => {
    const svg = drawTimeline({ events: [{ ...event(0, 0, 1), label }], start: 0, end: 1, title: '' });
    expect(pixels(svg).inked(24, 62, 84, 88)).toBeGreaterThan(30);
  });

  test('is twice as large as the drawing', () => {
    const svg = drawTimeline({ events: [], start: 0, end: 1, title: '' });
    const [, width] = /width="(\d+)"/.exec(svg)!;
    expect(pixels(svg).width).toBe(Number(width));
  });
});

describe('a picture of attention', () => {
  const [frames, columns] = [64, 32];
  /** Loud in the upper half. */
  const data = Float32Array.from({ length: frames * columns }, (_, index) => (index % columns >= 16 ? 1 : 0));
  const frequencies = Array.from({ length: columns }, (_, column) => 100 * (column + 1));
  const spectrogram = { frames, columns, data, secondsPerFrame: 0.01, frequencies };
  /** Attention to the lower left quarter. */
  const map = { rows: 2, columns: 2, data: Float32Array.of(1, 0, 0, 0), windowFrames: frames };
  const given = { spectrogram, map, start: 0, title: 'dog.wav', labels: 'Dog 99 %', caption: 'Attention' };

  test('shows the sound above and, in grey under the glow, below', () => {
    const { at } = pixels(drawAttention(given));
    const brightness = (x: number, y: number) => at(x, y).reduce((sum, level) => sum + level, 0);
    const saturation = (x: number, y: number) => Math.max(...at(x, y)) - Math.min(...at(x, y));
    const [left, right] = [200, 1000];
    expect(brightness(left, 120)).toBeGreaterThan(brightness(left, 300) + 300); // loud is high in frequency
    expect(saturation(left, 600)).toBeGreaterThan(saturation(right, 600));
  });

  test('names frequencies that lie in it, and columns where it knows none', () => {
    const svg = withoutPixels(drawAttention(given));
    for (const hertz of [100, 500, 1000, 2000]) expect(svg).toContain(`>${hertz}</text>`);
    expect(svg).not.toContain('>5000</text>');
    const numbered = withoutPixels(
      drawAttention({ ...given, spectrogram: { ...spectrogram, frequencies: undefined } }),
    );
    expect(numbered).toContain('>column</text>');
    expect(numbered).toContain('>15</text>');
  });

  test('draws sound that is the same everywhere', () => {
    const flat = { ...spectrogram, data: new Float32Array(frames * columns) };
    const even = { ...map, data: new Float32Array(4) };
    expect(withoutPixels(drawAttention({ ...given, spectrogram: flat, map: even }))).not.toMatch(/NaN/);
  });
});
