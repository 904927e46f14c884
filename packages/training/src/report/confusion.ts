// Which class was heard as which: a table while it can be looked over, else the pairs that are confused most.

import { counted, percent } from './figures.js';
import { type Html, html } from './html.js';

/** More classes than this make a table that nobody reads. */
export const mostClasses = 60;
/** So many pairs stand beside a table, or in its place. */
const mostPairs = { beside: 8, alone: 30 };

/** `counts` [labels, labels], a row for each true class. `names` are ready to be read. */
export function confusion(names: readonly Html[], counts: Int32Array): Html {
  if (names.length > mostClasses) return confusedPairs(names, counts, mostPairs.alone);
  return html`<div class="confusions">
${confusionTable(names, counts)}
${confusedPairs(names, counts, mostPairs.beside)}
</div>`;
}

function confusionTable(names: readonly Html[], counts: Int32Array): Html {
  const row = (truth: number) => counts.subarray(truth * names.length, (truth + 1) * names.length);
  const cell = (count: number, sum: number, isRight: boolean) => {
    if (count === 0) return html`<td></td>`;
    const share = Math.round((100 * count) / sum);
    return html`<td class="${isRight ? 'right' : 'wrong'}" style="--share:${share}">${count}</td>`;
  };
  return html`<div class="scroll" role="region" aria-label="Confusion matrix" tabindex="0">
<table class="confusion">
<thead><tr><td></td>${names.map((name) => html`<th scope="col"><span>${name}</span></th>`)}</tr></thead>
<tbody>${names.map((name, truth) => {
    const sum = row(truth).reduce((a, b) => a + b, 0);
    return html`<tr><th scope="row">${name}</th>${Array.from(row(truth), (count, heard) => cell(count, sum, truth === heard))}</tr>
`;
  })}</tbody>
</table>
</div>`;
}

function confusedPairs(names: readonly Html[], counts: Int32Array, most: number): Html {
  const pairs = names.flatMap((_, truth) => {
    const row = counts.subarray(truth * names.length, (truth + 1) * names.length);
    const sum = row.reduce((a, b) => a + b, 0);
    return Array.from(row, (count, heard) => ({ truth, heard, count, share: count / sum }));
  });
  const worst = pairs
    .filter(({ truth, heard, count }) => count > 0 && truth !== heard)
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, most);
  if (worst.length === 0) return html`<p class="note">No class was heard as another.</p>`;
  return html`<div class="pairs">
<h3>Confused most</h3>
<ol>${worst.map(
    ({ truth, heard, count, share }) =>
      html`<li><div>${names[truth]} heard as ${names[heard]}</div> <span>${counted(count, 'clip')}, ${percent(share)}</span></li>
`,
  )}</ol>
</div>`;
}
