import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests read the packages' TypeScript, so that they never run a stale build.
  resolve: { conditions: ['@audiozoo/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@audiozoo/source', 'node', 'import', 'default'] } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'scripts/test/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    testTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
