// What a checkpoint's file does not say, to be said by whoever trained it. Fields left empty are left to the
// converter, which tells what it took for granted.

import {
  type AudiozooError,
  type ConversionOptions,
  errorMessage,
  type ProblemType,
  type Setting,
  type Settings,
  type SettingValues,
} from '@audiozoo/core';
import { readLabelFile } from './label-file.js';

export interface ConversionForm {
  /**
   * Asks about a checkpoint of a model. `error` is why; what it tells is filled in. Resolves to whether it told what to fill
   * in.
   */
  ask(checkpoint: File, model: string, error?: AudiozooError): Promise<boolean>;
  /** A converter's message with the form's names of its options. */
  message(error: AudiozooError): string;
  hide(): void;
}

export interface ConversionFormOptions {
  /** Loads what can be said of a checkpoint of a model. */
  settings(model: string): Promise<Settings>;
  onSubmit(checkpoint: File, options: ConversionOptions): void;
  onError(error: unknown): void;
}

export function createConversionForm(
  form: HTMLFormElement,
  { settings, onSubmit, onError }: ConversionFormOptions,
): ConversionForm {
  let checkpoint: File | undefined;
  const explanation = document.createElement('p');
  explanation.className = 'facts';

  let declared: Settings = {};
  const ownFields = document.createElement('div');
  ownFields.className = 'own-fields';
  const problemType = createChoice('problemType', 'Labels at once', [
    ['', 'As usual for the classes'],
    ['single_label_classification', 'One (softmax)'],
    ['multi_label_classification', 'Several (sigmoid)'],
  ]);
  const labels = createFileField('labels', 'Labels', 'CSV, or a name per line');
  const fields = document.createElement('div');
  fields.className = 'fields';
  fields.append(ownFields, problemType, labels);

  const convert = document.createElement('button');
  convert.className = 'primary';
  convert.textContent = 'Convert it';
  const heading = document.createElement('h3');
  form.replaceChildren(heading, explanation, fields, convert);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!checkpoint) return;
    try {
      onSubmit(checkpoint, await readOptions(new FormData(form), declared));
    } catch (error) {
      onError(error);
    }
  });

  const showSettings = (known: Settings) => {
    if (known === declared) return; // what was typed stays
    declared = known;
    ownFields.replaceChildren(...Object.entries(known).map(([name, setting]) => createField(name, setting)));
  };

  return {
    async ask(file, model, error) {
      showSettings(await settings(model));
      // Asked again about the same file, what was typed stays.
      if (checkpoint !== file) form.reset();
      checkpoint = file;
      heading.textContent = `How was ${file.name} trained?`;
      const told = Object.keys(declared).flatMap((name) => {
        const value = error?.details?.[`settings.${name}`];
        return value === undefined ? [] : [[name, `${value}`] as const];
      });
      explanation.textContent =
        told.length > 0
          ? `${capitalized(error!.what)}: got ${error!.got}. Filled in is the usual way; change what was different.`
          : 'Fields left empty are taken as usual, and listed for you to check.';
      for (const [name, value] of told) {
        const input = form.elements.namedItem(name) as HTMLInputElement;
        if (!input.value) input.value = value;
      }
      form.hidden = false;
      form.querySelector('input')!.focus();
      return told.length > 0;
    },
    message: (error) =>
      errorMessage(error, (option) => {
        const setting = declared[option.replace(/^settings\./, '')];
        return setting && `“${titleOf(setting)}”`;
      }),
    hide() {
      form.hidden = true;
    },
  };
}

async function readOptions(data: FormData, declared: Settings): Promise<ConversionOptions> {
  const settings = Object.entries(declared).flatMap(([name, { kind }]) => {
    const text = String(data.get(name) ?? '').trim();
    if (text === '') return [];
    return [[name, isNumber(kind) ? Number(text) : kind === 'boolean' ? text === 'true' : text]];
  });
  const labels = data.get('labels');
  const problemType = data.get('problemType') as ProblemType | '';
  return {
    settings: Object.fromEntries(settings) as SettingValues,
    ...(problemType && { problemType }),
    ...(labels instanceof File && labels.size > 0 && { labels: await readLabelFile(labels) }),
  };
}

function createField(name: string, setting: Setting): HTMLLabelElement {
  const { kind } = setting;
  const choices =
    typeof kind === 'object' ? kind.choices : kind === 'boolean' ? ['true', 'false'] : undefined;
  if (choices) {
    return createChoice(
      name,
      titleOf(setting),
      ['', ...choices].map((choice) => [choice, choice]),
    );
  }
  const input = document.createElement('input');
  const isWhole = kind === 'count';
  Object.assign(input, {
    name,
    ...(isNumber(kind) && {
      type: 'number',
      step: isWhole ? '1' : 'any',
      inputMode: isWhole ? 'numeric' : 'decimal',
    }),
    ...(isWhole && { min: '1' }),
  });
  return labeled(titleOf(setting), input);
}

function isNumber(kind: Setting['kind']): boolean {
  return kind === 'count' || kind === 'number';
}

function titleOf({ help }: Setting): string {
  return capitalized(help);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
