import { setTimeout as delay } from 'node:timers/promises';

/** A page in a browser other than Chromium, as far as tests drive it. */
export interface DrivenPage {
  /** Runs the body of an async function in the page; what it returns comes back as JSON. */
  evaluate(body: string, ...values: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface DrivenBrowser {
  open(address: string): Promise<DrivenPage>;
  close(): Promise<void>;
}

/** Evaluates with what runs WebDriver's asynchronous scripts: their last argument is called with the answer. */
export function evaluateWith(
  execute: (script: string, values: readonly unknown[]) => Promise<unknown>,
): DrivenPage['evaluate'] {
  return async (body, ...values) => {
    const answer = await execute(
      `const [values, done] = arguments;
      (async (...values) => {${body}})(...values).then(
        (value) => done({ value }),
        (error) => done({ error: String(error) }),
      );`,
      values,
    );
    const { value, error } = answer as { readonly value?: unknown; readonly error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  };
}

/** Milliseconds: less than the time of a test that waits, which can then say where it stood. */
const patience = 200_000;

/** Waits until the body gives something true, and resolves to it. Throws what the page says when that takes minutes. */
export async function waitFor(
  page: DrivenPage,
  body: string,
  ...values: readonly unknown[]
): Promise<unknown> {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const found = await within(end - Date.now(), page.evaluate(body, ...values));
    if (found) return found;
    await delay(100);
  }
  const text = await within(5000, page.evaluate('return document.body.innerText'));
  throw new Error(`waited for "${body}" (${values}); the page ${text ? `says ${text}` : 'does not answer'}`);
}

/** Resolves to undefined when it takes longer. */
function within<Result>(milliseconds: number, result: Promise<Result>): Promise<Result | undefined> {
  return Promise.race([result, delay(milliseconds, undefined, { ref: false })]);
}
