// What a training came to, as one page that needs nothing else: `report.html`.

import { quoteName } from '@audiozoo/core/plugin';
import type { FineTuned } from '../fine-tune/fine-tuned.js';
import { chart } from './chart.js';
import { classFigures, haveOneLabel, heardFrom } from './class-figures.js';
import { confusion, mostClasses } from './confusion.js';
import { count, counted, duration, figure, percent } from './figures.js';
import { type Html, html } from './html.js';
import { type Mistake, worstMistakes } from './mistakes.js';
import { origin } from './origin.js';
import { pageStyle } from './page-style.js';
import { soundAddress } from './sound-address.js';

/** So many mistakes are shown, each with so many seconds of its sound at so many hertz: some 4 MB at most. */
const shown = { mistakes: 12, seconds: 10, sampleRate: 16000 };

/**
 * A page of curves, confusions, figures of each class and the worst mistakes, with their sound in it. Opens from a disk, asks no network,
 * runs no script. Rejects with the signal's reason.
 */
export async function reportPage(
  tuned: FineTuned,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const mistakes = worstMistakes(tuned);
  const heard: HeardMistake[] = [];
  for (const mistake of mistakes.slice(0, shown.mistakes)) {
    heard.push({ ...mistake, sound: await soundOf(mistake, signal) });
  }
  const { labels, clips } = tuned;
  const title = `${counted(labels.length, 'sound')}, learned from ${counted(clips.training.length, 'clip')}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; media-src data:">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${{ html: pageStyle }}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="lead">${lead(tuned)}</p>
${keyFigures(tuned)}
</header>
<main>
${curves(tuned)}
${tuned.judgement && confusionSection(tuned)}
${classTable(tuned)}
${tuned.judgement && mistakesSection(tuned, heard, mistakes.length)}
${told(tuned)}
${howTrained(tuned)}
</main>
<footer>Written by audiozoo. Nothing on this page leaves it.</footer>
</body>
</html>
`.html;
}

interface HeardMistake extends Mistake {
  /** An address; undefined where it cannot be heard any more. */
  readonly sound: string | undefined;
}

async function soundOf({ clip }: Mistake, signal: AbortSignal | undefined): Promise<string | undefined> {
  const maxSamples = shown.seconds * shown.sampleRate;
  try {
    const samples = await clip.sound(shown.sampleRate, { maxSamples, signal });
    return soundAddress(samples.subarray(0, maxSamples), shown.sampleRate);
  } catch {
    // Its file was there a moment ago: no reason to lose what was trained.
    signal?.throwIfAborted();
    return undefined;
  }
}

/** A name out of somebody's file: on one line, of bounded length, and turning nothing around it. */
function named(name: string): Html {
  return html`<bdi>${quoteName(name)}</bdi>`;
}

function lead({ config, from, trainable, device, seconds }: FineTuned): Html {
  const time = seconds === undefined ? '' : ` in ${duration(seconds)}`;
  return html`${named(String(config.model_type))}, begun from ${named(origin(from))}; ${trainedPart(trainable)}, on ${device.split(' ', 1)}${time}.`;
}

export function trainedPart(trainable: FineTuned['trainable']): string {
  const [kind, number] = trainable.split(':');
  if (kind === 'head') return 'the head trained';
  if (kind === 'all') return 'all of it trained';
  if (kind === 'last') return number === '1' ? 'the last block trained' : `the last ${number} blocks trained`;
  return `adapters of rank ${number} trained`;
}

function keyFigures({ judgement, chosen, epochs, clips }: FineTuned): Html {
  const pair = (name: string, value: string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="key-figures">
${
  judgement && [
    pair('accuracy', percent(judgement.accuracy)),
    pair('mean average precision', percent(judgement.mAP)),
    pair('clips to judge by', count(clips.validation.length)),
  ]
}
${pair('clips trained on', count(clips.training.length))}
${pair(`of ${counted(epochs.length, 'epoch')}, the result`, chosenEpochs(chosen))}
</dl>`;
}

function chosenEpochs(chosen: FineTuned['chosen']): string {
  return typeof chosen === 'number' ? `${chosen}` : `${chosen[0]}–${chosen[1]}`;
}

function curves({ epochs, chosen, judgement }: FineTuned): Html {
  const isJudged = judgement !== undefined;
  const training = epochs.map(({ loss }) => loss);
  const validation = epochs.map((record) => record.validation?.loss);
  return html`<section aria-labelledby="curves">
<h2 id="curves">How it went</h2>
<div class="charts">
${chart({
  ...{ title: 'Loss', chosen },
  lines: [
    ...(isJudged ? [{ name: 'validation', values: validation, rank: 'first' } as const] : []),
    { name: 'training', values: training, rank: isJudged ? 'second' : 'first' },
  ],
})}
${
  isJudged &&
  chart({
    ...{ title: 'By clips that were not trained on', chosen, areShares: true },
    lines: [
      { name: 'accuracy', values: epochs.map((each) => each.validation?.accuracy), rank: 'first' },
      { name: 'mAP', values: epochs.map((each) => each.validation?.mAP), rank: 'second' },
    ],
  })
}
${chart({
  ...{ title: 'Learning rate', chosen },
  lines: [{ name: 'rate', values: epochs.map(({ learningRate }) => learningRate), rank: 'first' }],
})}
</div>
<p class="note">${
    typeof chosen === 'number'
      ? `Figures beside names are of epoch ${chosen}, whose weights the model has.`
      : `The model has the mean of the weights of epochs ${chosenEpochs(chosen)}. Figures beside names are of the last of them.`
  }</p>
<details><summary>All epochs</summary>
<div class="scroll" role="region" aria-label="Table of epochs" tabindex="0">
<table class="figures">
<thead><tr><th scope="col">epoch</th><th scope="col">learning rate</th><th scope="col">loss</th>${
    isJudged &&
    html`<th scope="col">validation loss</th><th scope="col">accuracy</th><th scope="col">mAP</th>`
  }</tr></thead>
<tbody>${epochs.map(
    ({ epoch, learningRate, loss, validation }) =>
      html`<tr><th scope="row">${epoch}</th><td>${figure(learningRate)}</td><td>${figure(loss)}</td>${
        isJudged &&
        html`<td>${figure(validation?.loss)}</td><td>${percent(validation?.accuracy)}</td><td>${percent(validation?.mAP)}</td>`
      }</tr>
`,
  )}</tbody>
</table>
</div>
</details>
</section>`;
}

function confusionSection({ labels, judgement, clips }: FineTuned): Html | undefined {
  // Of clips that have several labels nobody can say which was heard as which.
  if (!haveOneLabel({ clips })) return undefined;
  return html`<section aria-labelledby="confusion">
<h2 id="confusion">What is heard as what</h2>
${labels.length <= mostClasses && html`<p class="note">A row for each class that clips are of, a column for each that they were heard as.</p>`}
${confusion(
  labels.map(({ name }) => named(name)),
  judgement!.confusion.data,
)}
</section>`;
}

function classTable(tuned: FineTuned): Html {
  const isJudged = tuned.judgement !== undefined;
  const classes = classFigures(tuned);
  // What needs a look comes first.
  if (isJudged) classes.sort((a, b) => (a.averagePrecision ?? 2) - (b.averagePrecision ?? 2));
  const share = (value: number | undefined) =>
    value === undefined
      ? html`<td>–</td>`
      : html`<td class="share" style="--share:${Math.round(100 * value)}">${percent(value)}</td>`;
  return html`<section aria-labelledby="classes">
<h2 id="classes">Class by class</h2>
${
  isJudged &&
  html`<p class="note">${
    haveOneLabel(tuned)
      ? 'Precision and recall of the class with the highest score.'
      : `Precision and recall of scores from ${percent(heardFrom)} on.`
  } The class that is told worst stands first.</p>`
}
<div class="scroll" role="region" aria-label="Table of classes" tabindex="0">
<table class="figures">
<thead><tr><th scope="col">class</th><th scope="col">clips trained on</th>${
    isJudged &&
    html`<th scope="col">judged by</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">average precision</th>`
  }</tr></thead>
<tbody>${classes.map(
    ({ name, trained, judged, precision, recall, averagePrecision }) =>
      html`<tr><th scope="row">${named(name)}</th><td>${count(trained)}</td>${
        isJudged &&
        html`<td>${count(judged)}</td>${share(precision)}${share(recall)}${share(averagePrecision)}`
      }</tr>
`,
  )}</tbody>
</table>
</div>
</section>`;
}

function mistakesSection({ labels, clips }: FineTuned, mistakes: readonly HeardMistake[], all: number): Html {
  const one = ({ clip, heard, heardScore, missed, missedScore, sound }: HeardMistake) => html`<li>
<div>
<dl>
<div><dt>is</dt><dd>${named(labels[missed]!.name)}</dd><dd>${percent(missedScore)}</dd></div>
<div><dt>heard as</dt><dd>${named(labels[heard]!.name)}</dd><dd>${percent(heardScore)}</dd></div>
</dl>
<p>${named(clip.name)}</p>
</div>
${
  sound === undefined
    ? html`<p class="note">It cannot be heard any more.</p>`
    : html`<audio controls preload="none" src="${sound}" aria-label="${quoteName(clip.name)}"></audio>`
}
</li>
`;
  const total = counted(clips.validation.length, 'clip');
  return html`<section aria-labelledby="mistakes">
<h2 id="mistakes">Mistakes to listen to</h2>
<p class="note">${
    all === 0
      ? `None in ${total}.`
      : `${count(all)} of ${total}${all > mistakes.length ? `; the worst ${mistakes.length}` : ''}. Some are hard to tell, and some may have the wrong label.`
  }</p>
${all > 0 && html`<ul class="mistakes">${mistakes.map(one)}</ul>`}
</section>`;
}

/** What people should know who did not watch. */
function told({ bad, cut, assumptions, hears }: FineTuned): Html | undefined {
  const seconds = figure(hears.maxSamples / hears.sampleRate);
  const sentences = [
    ...assumptions.map((sentence) => html`<li>${sentence}</li>`),
    ...(cut > 0
      ? [html`<li>${counted(cut, 'clip')} longer than ${seconds} s: only the beginning was trained on.</li>`]
      : []),
    ...bad.map(
      ({ name, error }) =>
        html`<li>${named(name)} was skipped: ${error instanceof Error ? error.message : String(error)}</li>`,
    ),
  ];
  if (sentences.length === 0) return undefined;
  return html`<section aria-labelledby="told"><h2 id="told">To know</h2><ul class="plain">${sentences}</ul></section>`;
}

function howTrained(tuned: FineTuned): Html {
  const { recipe, learningRate, seed, device, trainedCount, parameterCount, statistics, trainable } = tuned;
  const pair = (name: string, value: string | number) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<section aria-labelledby="how">
<h2 id="how">How it was trained</h2>
<dl class="facts">
${pair('what trained', `${trainable}: ${count(trainedCount)} of ${count(parameterCount)} numbers`)}
${pair('learning rate', figure(learningRate))}
${pair('clips in an update', recipe.batchSize)}
${pair('loss', recipe.loss.kind)}
${pair('optimizer', recipe.optimizer.kind ?? 'adam')}
${pair('epochs', `${tuned.epochs.length} of at most ${recipe.epochs}`)}
${pair('seed', seed)}
${pair('device', device)}
${statistics && pair('mean and deviation of features', `${figure(statistics.mean)}, ${figure(statistics.std)}`)}
</dl>
<details><summary>The whole recipe</summary><pre tabindex="0">${JSON.stringify(recipe, undefined, 2)}</pre></details>
</section>`;
}
