// Lines over epochs. The lines stretch with the page while their widths and all words stay as they are.

import { figure, percent } from './figures.js';
import { type Html, html } from './html.js';

export interface Line {
  readonly name: string;
  /** Of each epoch. */
  readonly values: readonly (number | undefined)[];
  /** The second is drawn lighter. */
  readonly rank: 'first' | 'second';
}

export interface ChartOptions {
  readonly title: string;
  readonly lines: readonly Line[];
  /** The epochs, counted from 1, whose weights the model has: one, or the first and last of several. */
  readonly chosen: number | readonly [first: number, last: number];
  /** Values are shares, shown in percent. */
  readonly areShares?: boolean | undefined;
}

export function chart({ title, lines, chosen, areShares = false }: ChartOptions): Html {
  const format = areShares ? percent : figure;
  const tick = (value: number) => (areShares ? `${figure(100 * value)}\u00A0%` : figure(value));
  const epochs = Math.max(...lines.map(({ values }) => values.length));
  const values = lines.flatMap((line) => line.values.filter(isKnown));
  const [low, high] = range(values, areShares ? 1 : Infinity);
  const ticks = roundValues(low, high, 4);
  const x = (epoch: number) => (epochs === 1 ? 50 : (100 * (epoch - 1)) / (epochs - 1));
  const y = (value: number) => 100 - (100 * (value - low)) / (high - low);
  const [first, last] = typeof chosen === 'number' ? [chosen, chosen] : chosen;
  const spoken = lines.map((line) => spokenLine(line, format)).join('; ');
  const epochTicks = roundValues(1, epochs, 5).filter(
    (epoch) => Number.isInteger(epoch) && epoch - 1 > epochs / 12 && epochs - epoch > epochs / 12,
  );
  return html`<figure class="chart${epochs === 1 && ' points'}">
<figcaption><h3>${title}</h3><ul class="key">${lines.map(
    ({ name, rank, values }) =>
      html`<li class="${rank}">${name} <b>${formatted(values[last - 1], format)}</b></li>`,
  )}</ul></figcaption>
<div class="plot">
<div class="values" aria-hidden="true">${ticks.map(
    (value) => html`<span style="top:${short(y(value))}%">${tick(value)}</span>`,
  )}</div>
<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="${title}: ${spoken}">
${ticks.map((value) => html`<path class="grid" d="M0 ${short(y(value))}H100"/>`)}
${
  first === last
    ? html`<path class="chosen" d="M${short(x(first))} 0V100"/>`
    : html`<rect class="chosen" x="${short(x(first))}" width="${short(x(last) - x(first))}" height="100"/>`
}
${[...lines].reverse().map((line) => html`<path class="line ${line.rank}" d="${path(line.values, x, y)}"/>`)}
</svg>
<div class="epochs" aria-hidden="true">${[...new Set([1, ...epochTicks, epochs])].map(
    (epoch) => html`<span style="left:${short(x(epoch))}%">${epoch}</span>`,
  )}</div>
</div>
</figure>`;
}

/** From the lowest to the highest and a little further, but not below 0, where nothing that is drawn here is; of one value, from 0. */
function range(values: readonly number[], most: number): [low: number, high: number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) return [0, Math.min(1.2 * high || 1, most)];
  const margin = 0.06 * (high - low);
  return [Math.max(0, low - margin), Math.min(high + margin, most)];
}

/** About so many values of one, two or five times a power of ten that lie in the range. */
function roundValues(low: number, high: number, about: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const firstStep = Math.ceil(low / step - 1e-9);
  const lastStep = Math.floor(high / step + 1e-9);
  return Array.from({ length: lastStep - firstStep + 1 }, (_, place) =>
    Number(((firstStep + place) * step).toPrecision(12)),
  );
}

/** Lines between neighbors that are known; a point where one has no neighbor. */
function path(
  values: readonly (number | undefined)[],
  x: (epoch: number) => number,
  y: (value: number) => number,
): string {
  return values
    .map((value, place) => {
      if (!isKnown(value)) return '';
      const point = `${short(x(place + 1))} ${short(y(value))}`;
      if (isKnown(values[place - 1])) return `L${point}`;
      return isKnown(values[place + 1]) ? `M${point}` : `M${point}h0`;
    })
    .join('');
}

function spokenLine({ name, values }: Line, format: (value: number) => string): string {
  return `${name} from ${formatted(values[0], format)} to ${formatted(values.at(-1), format)}`;
}

function formatted(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '–' : format(value);
}

const isKnown = (value: number | undefined): value is number => Number.isFinite(value);

const short = (value: number) => Number(value.toFixed(2));
