// The model that listens: loads it, says what it is, what it runs on and how fast. A model that cannot be
// loaded leaves the one before in place.

import { AudiozooError } from '@audiozoo/core';
import type { RemoteClassifier } from '@audiozoo/tasks';
import type { Arrival } from './arrival.js';
import { checkpointSettings } from './checkpoint-settings.js';
import { createConversionForm } from './conversion-form.js';
import { createDevicePicker } from './device-picker.js';
import { element } from './element.js';
import { leaveFocus } from './leave-focus.js';
import { createLoadProgress } from './load-progress.js';
import { measure } from './measurement.js';
import { createModelFacts } from './model-facts.js';
import { createNotice, isAbort } from './notice.js';
import { type BundledName, type ModelSource, nameOfModel, type OpenModel, openModel } from './open-model.js';
import { usualChoice } from './runtime-choice.js';

/** What the page starts with. */
export const firstModel = { kind: 'bundled', name: 'spoken-digits' } as const satisfies ModelSource;

export interface ModelPanel {
  /** The classifier, once the newest load has come to its end. Rejects when there is none. */
  current(): Promise<RemoteClassifier>;
  load(source: ModelSource): Promise<void>;
  /** Loads a model that the page brings where another of those is loaded, and leaves a person's own in place. */
  suit(name: BundledName): Promise<void>;
  /** Loads the same model afresh, after it or its device has failed. */
  restart(): void;
}

export interface ModelPanelOptions {
  /** Shows every load where it is seen first. */
  readonly arrival: Arrival;
  /** Called when another model has taken over, before the one it replaces is closed. */
  onReplace(name: string): void;
}

export function createModelPanel({ arrival, onReplace }: ModelPanelOptions): ModelPanel {
  const useBundled = element('use-bundled');
  const modelName = element('model-name');
  const notice = createNotice(element('model-notice'));
  const deviceNotice = createNotice(element('device-notice'));
  const progress = createLoadProgress(element('progress'), modelName);
  const form = createConversionForm(element<HTMLFormElement>('conversion'), {
    settings: checkpointSettings,
    onSubmit: (file, conversion) => void load({ kind: 'checkpoint', file, conversion }),
    onError: (error) => notice.error(error),
  });
  const facts = createModelFacts((checkpoint, type) => {
    form.ask(checkpoint, type).catch((error) => notice.error(error));
  });
  const picker = createDevicePicker(
    {
      form: element<HTMLFormElement>('device-picker'),
      measured: element('measured'),
      realTime: element('real-time'),
      device: element('device'),
      table: element<HTMLTableElement>('measurements'),
    },
    restart,
  );
  useBundled.addEventListener('click', () => void load(firstModel));

  let model: OpenModel | undefined;
  let loading: Promise<void> = Promise.resolve();
  let abort = new AbortController();
  let failure: unknown;

  /** Loads on what the picker says; the load before, if it is under way, is given up. */
  function load(source: ModelSource): Promise<void> {
    abort.abort();
    abort = new AbortController();
    loading = replace(source, abort);
    return loading;
  }

  async function replace(source: ModelSource, controller: AbortController): Promise<void> {
    const { signal } = controller;
    notice.clear();
    deviceNotice.clear();
    progress.begin(() => controller.abort());
    const name = nameOfModel(source);
    arrival.begin(name, source.kind === 'bundled' ? BUNDLED_MODELS[source.name].bytes : undefined);
    try {
      const next = await openModel(source, picker.choice, {
        signal,
        onProgress(told) {
          progress.show(told);
          arrival.show(told);
        },
      });
      const before = model;
      model = next;
      if (before?.source !== source) picker.forget();
      for (const left of [element('conversion'), useBundled]) leaveFocus(left, modelName);
      form.hide();
      facts.show(next);
      useBundled.hidden = source.kind === 'bundled' && source.name === firstModel.name;
      arrival.ready();
      onReplace(name);
      before?.close();
      void measureSpeed(next, signal);
    } catch (error) {
      failure = error;
      if (!isAbort(error)) explain(source, error);
      if (controller === abort) {
        arrival.failed();
        showWhatIsThere();
      }
    }
    if (controller === abort) progress.end();
  }

  async function measureSpeed({ classifier }: OpenModel, signal: AbortSignal): Promise<void> {
    picker.show(classifier.device, undefined);
    try {
      const measurement = await measure(classifier, signal);
      if (!signal.aborted) picker.show(classifier.device, measurement);
    } catch (error) {
      if (!signal.aborted) explainStop(error);
    }
  }

  function explain(source: ModelSource, error: unknown): void {
    if (AudiozooError.isInstance(error, 'device')) {
      deviceNotice.error(error);
    } else if (AudiozooError.isInstance(error, 'runtime')) {
      explainStop(error);
    } else if (source.kind === 'checkpoint' && AudiozooError.isInstance(error, 'argument')) {
      const { model = '' } = error.details ?? {}; // '': before it was known which
      form
        .ask(source.file, `${model}`, error)
        .then((told) => told || notice.error(error, { message: form.message(error) }))
        .catch((failure) => notice.error(failure));
    } else {
      notice.error(error);
    }
  }

  function explainStop(error: unknown): void {
    notice.error(error, { action: { label: 'Start again', run: restart } });
  }

  function showWhatIsThere(): void {
    if (model) picker.select(model.choice);
    else facts.clear();
  }

  function restart(): void {
    void load(model?.source ?? firstModel);
  }

  picker.select(usualChoice);
  return {
    async current() {
      // Another load may begin while one is waited for.
      for (let awaited: unknown; awaited !== loading; ) await (awaited = loading);
      if (model) return model.classifier;
      throw isAbort(failure)
        ? new AudiozooError({ code: 'model', what: 'no model is loaded', hint: 'Open one below.' })
        : failure;
    },
    load,
    async suit(name) {
      await loading;
      const source = model?.source;
      if (source?.kind === 'bundled' && source.name !== name) await load({ kind: 'bundled', name });
    },
    restart,
  };
}
