// Sets up, runs every test, and names what this machine could not run: a test that was skipped says in
// its title what is missing. With AUDIOZOO_REQUIRE_ALL=1 (CI) a skipped test is a failure.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();

const folder = mkdtempSync(join(tmpdir(), 'audiozoo-test-'));
const report = join(folder, 'report.json');
const vitest = [`${root}/node_modules/vitest/vitest.mjs`, 'run', '--reporter=default', '--reporter=json'];
const { status } = spawnSync(
  process.execPath,
  [...vitest, `--outputFile=${report}`, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
);

let results;
try {
  results = JSON.parse(readFileSync(report, 'utf8'));
} catch {
  console.log('\nThe tests did not start.\n0 passed, 1 failed');
  process.exit(1);
} finally {
  rmSync(folder, { recursive: true });
}

const all = results.testResults.flatMap(({ assertionResults }) => assertionResults);
const notRun = all.filter(({ status }) => status !== 'passed' && status !== 'failed');
const passed = all.filter(({ status }) => status === 'passed').length;
const brokenFiles = results.testResults.filter(({ status, assertionResults }) => {
  return status === 'failed' && !assertionResults.some((result) => result.status === 'failed');
}).length;
let failed = all.filter(({ status }) => status === 'failed').length + brokenFiles;

if (notRun.length > 0) {
  console.log(`\n${notRun.length} not run on this machine:`);
  const groups = new Map();
  for (const test of notRun) {
    const title = test.ancestorTitles.join(' › ') || test.title;
    groups.set(title, (groups.get(title) ?? 0) + 1);
  }
  for (const [title, count] of groups) console.log(`  ${count} × ${title}`);
  if (process.env.AUDIOZOO_REQUIRE_ALL) failed += notRun.length;
}
if (status !== 0 && failed === 0) failed = 1;

// What failed is said again where it is found: at the end, in a line each, which .ci/run repeats at its own.
for (const { name, message, assertionResults } of results.testResults) {
  const failures = assertionResults.filter((result) => result.status === 'failed');
  for (const { fullName, failureMessages } of failures) sayFailed(name, fullName, failureMessages[0]);
  if (message && failures.length === 0) sayFailed(name, 'the file itself', message);
}
console.log(`\n${passed} passed, ${failed} failed${notRun.length ? `, ${notRun.length} not run` : ''}`);
process.exit(failed > 0 ? 1 : 0);

function sayFailed(file, title, message = '') {
  const why = message.replaceAll(/\s+/g, ' ').slice(0, 300);
  console.log(`failed: ${relative(root, file)} › ${title}: ${why}`);
}
