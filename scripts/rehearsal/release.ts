// The release as .github/workflows/release.yml does it, of a copy of this checkout as it is built, to another registry.

import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.js';

interface Release {
  readonly name: string;
  readonly version: string;
  /** Entry points, as they are imported. */
  readonly entries: readonly string[];
}

/** Raises the versions by what the changesets say, and publishes. `copy` is a folder that is not there yet. */
export async function publish(root: string, copy: string, env: NodeJS.ProcessEnv): Promise<Release[]> {
  const { packageManager, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // changesets calls pnpm by its name, which is there where pnpm itself runs it.
  const publishing = `npx ${packageManager} exec changeset publish`;
  if (!scripts.release.endsWith(publishing)) {
    throw new Error(
      `The release ends with another command than is rehearsed, ${publishing}: ${scripts.release}`,
    );
  }
  const here = { cwd: copy, env };
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=Rehearsal', '-c', 'user.email=rehearsal@localhost', ...args], here);
  const pnpm = (...args: string[]) => run('npx', ['--yes', packageManager, ...args], here);

  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = (await run('git', listed, { cwd: root, env })).split('\0').filter(Boolean);
  for (const file of files) {
    const isNeeded = !/\/(test|src|kernel)\/|^(models|bench|docs|testing)\//.test(file);
    if (isNeeded && existsSync(join(root, file))) cpSync(join(root, file), join(copy, file));
  }
  const folders = readdirSync(join(root, 'packages'));
  const isFirst = existsSync(join(root, '.changeset/first-release.md'));
  for (const folder of folders.filter((folder) => folder !== 'onnxruntime')) {
    cpSync(join(root, 'packages', folder, 'dist'), join(copy, 'packages', folder, 'dist'), {
      recursive: true,
    });
  }
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Release');
  await pnpm('install', '--offline', '--frozen-lockfile', '--ignore-scripts', '--silent');
  await pnpm('exec', 'changeset', 'version');
  await git('commit', '--quiet', '--all', '--allow-empty', '--message', 'Version'); // none may be waiting
  await pnpm('exec', 'changeset', 'publish');

  const releases = folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(copy, 'packages', folder, 'package.json'), 'utf8'));
    const entries = Object.keys(manifest.exports)
      .filter((entry) => !/\.(json|wasm)$/.test(entry))
      .map((entry) => manifest.name + entry.slice(1));
    return { name: manifest.name, version: manifest.version, entries };
  });
  // onnxruntime's package has onnxruntime's.
  const ours = releases.filter(({ name }) => name !== '@audiozoo/onnxruntime');
  const versions = new Set(ours.map(({ version }) => version));
  const isRight = isFirst ? versions.has('0.1.0') : !versions.has('0.0.0');
  if (versions.size !== 1 || !isRight) {
    const expected = isFirst ? '0.1.0' : 'one version above 0.0.0';
    throw new Error(`All packages have ${expected}, got: ${JSON.stringify(ours)}`);
  }
  return releases;
}

/** npm's configuration of somebody who may publish to a registry. */
export function writePublisher(file: string, registry: string): void {
  writeFileSync(file, `${registry.replace(/^https?:/, '')}:_authToken=made-up\n`);
}
