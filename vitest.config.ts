import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// What tests fetch is kept apart from what this machine's user has, and no test asks a hub that it did not start.
const caches = mkdtempSync(join(tmpdir(), 'audiozoo-test-caches-'));
process.on('exit', () => rmSync(caches, { recursive: true, force: true }));

/** What takes minutes begins first, so that no worker is left alone with it at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      /chromium|browsers|conformance|dawn|documents|site\/test|examples\/(web|react)/.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Percent, a point below what was measured; of packages, statements. */
const floors = {
  statements: 92.5,
  branches: 87.5,
  functions: 93,
  lines: 93.5,
  ...Object.fromEntries(
    Object.entries({
      ast: 98,
      audiozoo: 85,
      'backend-node': 93,
      'backend-web': 86,
      ced: 96,
      clap: 94,
      codecs: 91,
      converters: 92,
      core: 93,
      efficientat: 96,
      features: 97,
      fleet: 80,
      onnx: 97,
      pictures: 98,
      tasks: 95,
      training: 96,
    }).map(([name, statements]) => [`packages/${name}/src/**`, { statements }]),
  ),
};

export default defineConfig({
  // Tests read the packages' TypeScript; what they run in processes of their own is what was built last.
  // `import` is not among the conditions: it is met by imports anyway, and would have `require` find modules too.
  resolve: { conditions: ['@audiozoo/source', 'node'] },
  ssr: { resolve: { conditions: ['@audiozoo/source', 'node'] } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'scripts/test/**/*.test.ts',
      'site/test/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    // What hangs is noticed in the end; that a machine is slow, or has much else to do, is no fault.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: {
      AUDIOZOO_CACHE: join(caches, 'audiozoo'),
      HF_HOME: join(caches, 'huggingface'),
      HF_HUB_OFFLINE: '1',
    },
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // What tests reach in their own process. Workers, browsers and processes that they start run unseen: the command, which is
    // tested as it is built, is left out, and packages that begin many (fleet, backend-web) reach more than their figures say.
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['packages/cli/**', '**/kernel-binary.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportsDirectory: '.cache/coverage',
      thresholds: floors,
    },
  },
});
