// What people should know who find the model: `README.md`, in the form that Hugging Face reads.

import { oneLine, quoteName } from '@audiozoo/core/plugin';
import type { FineTuned } from '../fine-tune/fine-tuned.js';
import { classFigures } from './class-figures.js';
import { count, counted, duration, figure, percent } from './figures.js';
import { origin } from './origin.js';

/** Markdown behind a head of YAML. Claims no licence: that is for whoever knows those of the weights and the recordings. */
export function modelCard(tuned: FineTuned): string {
  const { labels, hears, config } = tuned;
  const seconds = figure(hears.maxSamples / hears.sampleRate);
  const parts = [
    frontMatter(tuned),
    `# ${counted(labels.length, 'sound')} by ${named(String(config.model_type))}`,
    [
      `Tells ${counted(labels.length, 'class', 'classes')} of sound apart, in clips of up to ${seconds} seconds of one channel at ${count(hears.sampleRate)} Hz.`,
      `Begun from ${named(origin(tuned.from))}, and trained with audiozoo on ${counted(tuned.clips.training.length, 'clip')}.`,
      'No licence is claimed here: it depends on those of the weights that it was begun from, and of the recordings.',
    ].join('\n'),
    ...figuresPart(tuned),
    ...classesPart(tuned),
    ...dataPart(tuned),
    ...trainingPart(tuned),
    ...usePart(tuned),
  ];
  return `${parts.join('\n\n')}\n`;
}

function frontMatter({ config, inTransformers, judgement }: FineTuned): string {
  const libraryName = inTransformers ? 'transformers' : 'audiozoo';
  // JSON's strings are YAML's too.
  const list = (items: readonly string[]) => items.map((item) => `  - ${JSON.stringify(item)}`);
  const metrics = ['accuracy', ...(judgement?.mAP === undefined ? [] : ['mAP'])];
  return [
    '---',
    `library_name: ${libraryName}`,
    'pipeline_tag: audio-classification',
    'tags:',
    ...list(['audiozoo', 'audio-classification', oneLine(String(config.model_type))]),
    ...(judgement ? ['metrics:', ...list(metrics)] : []),
    '---',
  ].join('\n');
}

function figuresPart({ judgement, clips, chosen, recipe }: FineTuned): string[] {
  if (!judgement) return ['## Figures', 'No clips were kept back to judge it by.'];
  const { accuracy, mAP, loss, evaluation } = judgement;
  const chose =
    typeof chosen === 'number'
      ? `They chose the epoch too, by ${recipe.selection}: sounds that nobody has heard may be told a little less well.`
      : 'They chose nothing.';
  return [
    '## Figures',
    `By ${counted(clips.validation.length, 'clip')} that ${clips.validation.length === 1 ? 'was' : 'were'} not trained on. ${chose}`,
    table(
      ['', ''],
      [
        ['accuracy', percent(accuracy)],
        ['mean average precision (mAP)', percent(mAP)],
        ['mean area under the ROC curve', figure(evaluation.mAUC)],
        ['loss', figure(loss)],
      ],
    ),
  ];
}

function classesPart(tuned: FineTuned): string[] {
  const rows = classFigures(tuned).map((each) => [
    named(each.name),
    count(each.trained),
    ...(tuned.judgement
      ? [count(each.judged), percent(each.precision), percent(each.recall), percent(each.averagePrecision)]
      : []),
  ]);
  const head = ['class', 'clips trained on'];
  if (tuned.judgement) head.push('judged by', 'precision', 'recall', 'average precision');
  return ['## Classes', table(head, rows)];
}

function dataPart({ clips, bad, cut, statistics, problemType }: FineTuned): string[] {
  const foldsOf = (some: FineTuned['clips']['training']) => {
    const folds = new Set(some.flatMap(({ fold }) => (fold === undefined ? [] : [fold])));
    return folds.size === 0
      ? ''
      : `, of ${folds.size === 1 ? 'fold' : 'folds'} ${[...folds].sort((a, b) => a - b).join(', ')}`;
  };
  const lines = [
    `- trained on: ${counted(clips.training.length, 'clip')}${foldsOf(clips.training)}`,
    `- judged by: ${counted(clips.validation.length, 'clip')}${foldsOf(clips.validation)}`,
    `- labels: ${problemType === 'single_label_classification' ? 'one for each clip' : 'several for a clip, each heard by itself'}`,
  ];
  if (bad.length > 0) lines.push(`- skipped, since they could not be heard: ${counted(bad.length, 'clip')}`);
  if (cut > 0)
    lines.push(`- longer than the model hears, so that only the beginning counted: ${counted(cut, 'clip')}`);
  if (statistics) {
    lines.push(
      `- features of the clips: mean ${statistics.mean}, deviation ${statistics.std}; the model normalizes by them`,
    );
  }
  return ['## Data', lines.join('\n')];
}

function trainingPart(tuned: FineTuned): string[] {
  const { trainable, trainedCount, parameterCount, chosen, epochs, learningRate, seed, device, seconds } =
    tuned;
  const result =
    typeof chosen === 'number'
      ? `epoch ${chosen} of ${epochs.length}`
      : `the mean of epochs ${chosen[0]} to ${chosen[1]} of ${epochs.length}`;
  const lines = [
    `- what trained: \`${trainable}\`, ${count(trainedCount)} of ${count(parameterCount)} numbers`,
    `- the result: ${result}`,
    `- learning rate: ${learningRate}`,
    `- seed: ${seed}`,
    `- device: ${inCode(device)}`,
    ...(seconds === undefined ? [] : [`- time: ${duration(seconds)}`]),
    ...tuned.assumptions.map((sentence) => `- taken for granted: ${plain(sentence)}`),
  ];
  const recipe = JSON.stringify(tuned.recipe, undefined, 2);
  return ['## Training', lines.join('\n'), `The whole recipe:\n\n\`\`\`json\n${recipe}\n\`\`\``];
}

function usePart({ inTransformers, problemType }: FineTuned): string[] {
  const inJavaScript = [
    '```ts',
    "import { loadClassifier } from 'audiozoo';",
    '',
    "const classifier = await loadClassifier('path/to/this/folder');",
    "console.log(await classifier.classify('recording.wav', { topK: 3 }));",
    '```',
  ];
  const parts = [
    '## Use',
    'With [audiozoo](https://www.npmjs.com/package/audiozoo):',
    inJavaScript.join('\n'),
  ];
  if (!inTransformers) return parts;

  const inPython = [
    '```python',
    'from transformers import pipeline',
    '',
    'classifier = pipeline("audio-classification", model="path/to/this/folder")',
    ...inTransformers,
    problemType === 'single_label_classification'
      ? 'print(classifier("recording.wav", top_k=3))'
      : 'print(classifier("recording.wav", top_k=3, function_to_apply="sigmoid"))',
    '```',
  ];
  return [...parts, "With Python's transformers:", inPython.join('\n')];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** Somebody's name for something, of bounded length. */
function named(name: string): string {
  return inCode(quoteName(name));
}

/** A sentence in which nothing has a meaning to Markdown. */
function plain(sentence: string): string {
  return oneLine(sentence).replace(/[\\`*_[\]<>|&~#]/g, '\\$&');
}

/** Text of strangers as code, where nothing in it means anything. */
function inCode(text: string): string {
  const shown = oneLine(text).trim() || ' ';
  const longest = Math.max(0, ...Array.from(shown.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const room = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  return `${fence}${room}${shown}${room}${fence}`;
}
