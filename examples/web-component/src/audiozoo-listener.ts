// <audiozoo-listener model="…" hop="0.5" top-k="5">: a button, and what the model hears. Copy this file.
//
// Each answer is an event, `heard`, whose detail is { labels, time }; what goes wrong is one too, `failed`, with the error.

import { listen, loadClassifier, openMicrophone, type ScoredLabel } from 'audiozoo';

export class AudiozooListener extends HTMLElement {
  static readonly observedAttributes = ['model', 'hop', 'top-k'];

  readonly #button = document.createElement('button');
  readonly #status = document.createElement('p');
  readonly #labels = document.createElement('ol');
  /** There while it listens. */
  #leaving: AbortController | undefined;

  constructor() {
    super();
    this.#status.setAttribute('role', 'status');
    this.#button.type = 'button';
    this.#button.addEventListener('click', () => (this.listening ? this.stop() : this.listen()));
    this.attachShadow({ mode: 'open' }).append(this.#button, this.#status, this.#labels);
    this.stop();
  }

  get listening(): boolean {
    return this.#leaving !== undefined;
  }

  /** Loads the model and opens the microphone. Browsers want a click first. */
  listen(): void {
    this.stop();
    const leaving = new AbortController();
    this.#leaving = leaving;
    this.#button.textContent = 'Stop';
    this.#hear(leaving.signal).catch((error: Error) => {
      if (leaving.signal.aborted) return;
      this.stop();
      this.#status.textContent = error.message;
      this.dispatchEvent(new CustomEvent('failed', { detail: error }));
    });
  }

  stop(): void {
    this.#leaving?.abort();
    this.#leaving = undefined;
    this.#button.textContent = 'Listen';
    this.#status.textContent = '';
    this.#labels.replaceChildren();
  }

  disconnectedCallback(): void {
    this.stop();
  }

  /** Listens again, with what is different. */
  attributeChangedCallback(_name: string, before: string | null, now: string | null): void {
    if (this.listening && before !== now) this.listen();
  }

  /** Model and microphone are closed whichever way it ends. */
  async #hear(signal: AbortSignal): Promise<void> {
    const hop = Number(this.getAttribute('hop') ?? 0.5);
    const topK = Number(this.getAttribute('top-k') ?? 5);
    this.#status.textContent = 'Loading…';
    const classifier = await loadClassifier(this.getAttribute('model') ?? '', { signal });
    try {
      const microphone = await openMicrophone();
      try {
        if (!signal.aborted) this.#status.textContent = classifier.device;
        for await (const { labels, time } of listen(classifier, microphone, { hop, topK, signal })) {
          if (signal.aborted) break;
          this.#show(labels);
          this.dispatchEvent(new CustomEvent('heard', { detail: { labels, time } }));
        }
      } finally {
        for (const track of microphone.getTracks()) track.stop();
      }
    } finally {
      await classifier.dispose();
    }
  }

  #show(labels: readonly ScoredLabel[]): void {
    const items = labels.map(({ label, score }) => {
      const item = document.createElement('li');
      item.textContent = `${label} ${Math.round(100 * score)} %`;
      return item;
    });
    this.#labels.replaceChildren(...items);
  }
}

customElements.define('audiozoo-listener', AudiozooListener);

declare global {
  interface HTMLElementTagNameMap {
    'audiozoo-listener': AudiozooListener;
  }
}
