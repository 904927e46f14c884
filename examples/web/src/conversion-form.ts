// What a checkpoint's file does not say, to be said by whoever trained it. Fields left empty are left to the
// converter, which tells what it took for granted.

import { type AudiozooError, type ConversionOptions, errorMessage, type ProblemType } from '@audiozoo/core';
import { guessInputs } from './input-guess.js';
import { readLabelFile } from './label-file.js';

interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly step?: string;
}

const settings: readonly Field[] = [
  { name: 'fstride', label: 'Frequency stride' },
  { name: 'tstride', label: 'Time stride' },
  { name: 'frames', label: 'Input length', hint: 'frames of 10 ms' },
  { name: 'melBins', label: 'Mel bins', hint: '128 if empty' },
  { name: 'heads', label: 'Heads', hint: 'width ÷ 64 if empty' },
];
const statistics: readonly Field[] = [
  { name: 'mean', label: 'Mean', step: 'any' },
  { name: 'std', label: 'Deviation (std)', step: 'any' },
];

/** A converter's message with the form's names of its options. */
export function inWordsOfForm(error: AudiozooError): string {
  return errorMessage(error, (option) => {
    const field = [...settings, ...statistics].find(({ name }) => name === option.split('.').at(-1));
    return field && `“${field.label}”`;
  });
}

export interface ConversionForm {
  /** Asks about a checkpoint. `error` is why; what it tells is filled in. Whether it told what to fill in. */
  ask(checkpoint: File, error?: AudiozooError): boolean;
  hide(): void;
}

export interface ConversionFormOptions {
  onSubmit(checkpoint: File, options: ConversionOptions): void;
  onError(error: unknown): void;
}

export function createConversionForm(
  form: HTMLFormElement,
  { onSubmit, onError }: ConversionFormOptions,
): ConversionForm {
  let checkpoint: File | undefined;
  const explanation = document.createElement('p');
  explanation.className = 'facts';

  const numbers = [...settings, ...statistics].map((field) => createField(field));
  const problemType = createChoice('problemType', 'Labels at once', [
    ['', 'As usual for the classes'],
    ['single_label_classification', 'One (softmax)'],
    ['multi_label_classification', 'Several (sigmoid)'],
  ]);
  const labels = createFileField('labels', 'Labels', 'CSV, or a name per line');
  const fields = document.createElement('div');
  fields.className = 'fields';
  fields.append(...numbers, problemType, labels);

  const convert = document.createElement('button');
  convert.className = 'primary';
  convert.textContent = 'Convert it';
  const heading = document.createElement('h3');
  form.replaceChildren(heading, explanation, fields, convert);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!checkpoint) return;
    try {
      onSubmit(checkpoint, await readOptions(new FormData(form)));
    } catch (error) {
      onError(error);
    }
  });

  return {
    ask(file, error) {
      // Asked again about the same file, what was typed stays.
      if (checkpoint !== file) form.reset();
      checkpoint = file;
      heading.textContent = `How was ${file.name} trained?`;
      const tokens = error?.details?.tokens;
      const guess = typeof tokens === 'number' ? guessInputs(tokens)[0] : undefined;
      explanation.textContent = guess
        ? `The file does not say how its input was cut into its ${tokens} tokens. Filled in is the usual way; change what was different.`
        : 'Fields left empty are taken as usual, and listed for you to check.';
      for (const [name, value] of Object.entries(guess ?? {})) {
        const input = form.elements.namedItem(name) as HTMLInputElement;
        if (!input.value) input.value = `${value}`;
      }
      form.hidden = false;
      form.querySelector('input')!.focus();
      return guess !== undefined;
    },
    hide() {
      form.hidden = true;
    },
  };
}

async function readOptions(data: FormData): Promise<ConversionOptions> {
  const number = ({ name }: Field): [string, number][] => {
    const text = String(data.get(name) ?? '').trim();
    return text === '' ? [] : [[name, Number(text)]];
  };
  const labels = data.get('labels');
  const problemType = data.get('problemType') as ProblemType | '';
  return {
    settings: Object.fromEntries(settings.flatMap(number)),
    ...Object.fromEntries(statistics.flatMap(number)),
    ...(problemType && { problemType }),
    ...(labels instanceof File && labels.size > 0 && { labels: await readLabelFile(labels) }),
  };
}

function createField({ name, label, hint, step = '1' }: Field): HTMLLabelElement {
  const input = document.createElement('input');
  Object.assign(input, { type: 'number', name, step, inputMode: step === 'any' ? 'decimal' : 'numeric' });
  if (step === '1') input.min = '1';
  return labeled(label, input, hint);
}

function createFileField(name: string, label: string, hint: string): HTMLLabelElement {
  const input = document.createElement('input');
  Object.assign(input, { type: 'file', name, accept: '.csv,.txt' });
  return labeled(label, input, hint);
}

function createChoice(
  name: string,
  label: string,
  choices: readonly (readonly [string, string])[],
): HTMLLabelElement {
  const select = document.createElement('select');
  select.name = name;
  select.append(...choices.map(([value, text]) => new Option(text, value)));
  return labeled(label, select);
}

function labeled(text: string, control: HTMLElement, hint?: string): HTMLLabelElement {
  const label = document.createElement('label');
  const name = document.createElement('span');
  name.textContent = text;
  label.append(name, control);
  if (hint) {
    const small = document.createElement('small');
    small.textContent = hint;
    label.append(small);
  }
  return label;
}
