export interface Checks {
  /** Does something and counts it; gives what it gave, or undefined when it threw. */
  check<Result>(title: string, action: () => Result | Promise<Result>): Promise<Result | undefined>;
  /** Says how many passed and failed, as the last line, and has the process end so. */
  end(): void;
}

/** Counts what a script checks, and says of each whether it holds. */
export function openChecks(): Checks {
  const begin = performance.now();
  let passed = 0;
  let failed = 0;
  return {
    async check(title, action) {
      const start = performance.now();
      try {
        const result = await action();
        passed++;
        console.log(`ok  ${title} (${secondsSince(start)} s)`);
        return result;
      } catch (error) {
        failed++;
        console.log(`failed: ${title}\n${error instanceof Error ? error.message : error}`);
        return undefined;
      }
    },
    end() {
      console.log(`in ${secondsSince(begin)} s`);
      console.log(`${passed} passed, ${failed} failed`);
      process.exitCode = failed > 0 ? 1 : 0;
    },
  };
}

function secondsSince(begin: number): string {
  return ((performance.now() - begin) / 1000).toFixed(1);
}

export function expectText(actual: string, expected: RegExp): void {
  if (!expected.test(actual)) throw new Error(`Expected ${expected}, got:\n${actual}`);
}
