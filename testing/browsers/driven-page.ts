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

/** Waits until the body gives something true, and resolves to it. */
export async function waitFor(
  page: DrivenPage,
  body: string,
  ...values: readonly unknown[]
): Promise<unknown> {
  for (;;) {
    const found = await page.evaluate(body, ...values);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
