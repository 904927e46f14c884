// What went wrong, where it did, and what to do about it. audiozoo's errors say it in their message already;
// the heading tells at a glance which kind it is.

import { AudiozooError, type ErrorCode } from '@audiozoo/core';

const headings: Partial<Record<ErrorCode, string>> = {
  argument: 'Something is missing',
  audio: 'This is not sound that can be read',
  'audio-too-short': 'This sound is too short',
  checkpoint: 'This checkpoint cannot be used',
  safetensors: 'These weights cannot be read',
  weights: 'These weights do not fit the model',
  model: 'This model cannot be opened',
  device: 'This cannot run here',
  runtime: 'The model stopped',
  file: 'A file could not be read',
};

export interface Notice {
  /** Shows an error until something else is shown or `clear` is called. Aborts are not errors. */
  error(error: unknown, options?: { readonly action?: NoticeAction; readonly message?: string }): void;
  /** Says something that is worth knowing and no error. */
  remark(heading: string, text: string): void;
  clear(): void;
}

/** A button that mends it. */
export interface NoticeAction {
  readonly label: string;
  run(): void;
}

export function createNotice(place: HTMLElement): Notice {
  function show(role: 'alert' | 'status', heading: string, text: string, more: readonly HTMLElement[]): void {
    const box = document.createElement('div');
    box.className = 'notice';
    box.setAttribute('role', role);
    const title = document.createElement('p');
    title.className = 'notice-title';
    title.textContent = heading;
    const body = document.createElement('p');
    body.textContent = text;
    box.append(title, body, ...more);
    place.replaceChildren(box);
  }
  return {
    error(error, { action, message = error instanceof Error ? error.message : String(error) } = {}) {
      if (isAbort(error)) return;
      const known = AudiozooError.isInstance(error);
      const heading = (known && headings[error.code]) || 'That did not work';
      const more = [...(known ? [explanation(error)] : []), ...(action ? [actionButton(action)] : [])];
      show('alert', heading, capitalized(message), more);
      // What nobody foresaw should be found in the console as well.
      if (!known) console.error(error);
    },
    remark: (heading, text) => show('status', heading, text, []),
    clear: () => place.replaceChildren(),
  };
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** As a sentence begins; what begins with a file's name stays as it is. */
function capitalized(text: string): string {
  return /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** Leads to what the documentation says of such errors, beside the page and what is under way there. */
function explanation({ help }: AudiozooError): HTMLElement {
  const link = document.createElement('a');
  link.href = help;
  link.target = '_blank';
  link.textContent = 'More about such errors';
  return link;
}

function actionButton({ label, run }: NoticeAction): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = label;
  button.addEventListener('click', run);
  return button;
}
