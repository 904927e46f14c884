// `--model` takes names as it takes folders.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { file, serve } from '../../../testing/http-handlers.js';
import { serveHub } from '../../../testing/hub.js';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

const clip = digitClip('7_seven');

/** Runs with a hub and caches of its own, past whatever proxy there is where the tests run. */
async function withHub() {
  const home = temporaryFolder();
  const { server, env } = await serveHub(digits);
  const own = {
    ...{ no_proxy: '*', HF_HOME: join(home, 'huggingface'), AUDIOZOO_CACHE: join(home, 'audiozoo') },
    ...{ ...env, HF_HUB_OFFLINE: '' },
  };
  return {
    home,
    server,
    run: (args: readonly string[], env = {}) => audiozoo(args, { env: { ...own, ...env } }),
  };
}

test('a repository is fetched once, for every command', async () => {
  const { server, run, home } = await withHub();
  const classify = ['classify', clip, '--model', 'me/model', '--top-k', '1', '--json'];
  const { stdout, stderr } = await run(classify);
  expect(stderr).toMatch(/^me\/model on /);
  expect(JSON.parse(stdout)[0].labels[0].label).toBe('seven');
  const asked = server.requests.length;
  expect((await run(classify, { HF_HUB_OFFLINE: '1' })).stdout).toBe(stdout);
  const out = join(home, 'model.onnx');
  expect((await run(['export', '--model', 'me/model', '--out', out])).stdout).toContain(`Wrote ${out}`);
  const map = join(home, 'map.png');
  expect((await run(['attention', clip, '--model', 'me/model', '--out', map])).exitCode).toBe(0);
  expect(server.requests).toHaveLength(asked);
});

test('features of a repository take its configs, and no weights', async () => {
  const { server, run, home } = await withHub();
  const out = join(home, 'features.npy');
  const { exitCode } = await run(['features', clip, '--model', 'me/model', '--out', out]);
  expect(exitCode).toBe(0);
  const names = new Set(server.requests.map(({ url }) => url!.split('/').at(-1)));
  expect(names).toEqual(new Set(['config.json', 'preprocessor_config.json']));
});

test('a published checkpoint is converted once', async () => {
  const { run, home } = await withHub();
  const checkpoint = readFileSync(fixture('tasks/test/fixtures/spoken-digits/spoken-digits.pth'));
  const { url, requests } = await serve(file(checkpoint));
  const plugin = join(home, 'plugin.mjs');
  const entry = {
    ...{ name: 'digits', description: 'spoken digits', figures: {} },
    checkpoint: {
      url: `${url}digits.pth`,
      sha256: createHash('sha256').update(checkpoint).digest('hex'),
      conversion: { settings: { fstride: 16, tstride: 16, frames: 128, mean: -7.336108, std: 6.539323 } },
    },
  };
  const ast = pathToFileURL(fixture('ast/dist/index.js'));
  writeFileSync(
    plugin,
    `import { ast } from ${JSON.stringify(ast.href)};
     export default { ...ast, type: 'digits', zoo: [${JSON.stringify(entry)}] };`,
  );
  const features = (name: string) =>
    run(['features', clip, '--model', name, '--plugin', plugin, '--out', join(home, `${Math.random()}.npy`)]);
  expect((await features('digits')).stderr).toContain('float32 [128, 128]');
  const asked = requests.length;
  expect((await features('digits')).exitCode).toBe(0);
  expect(requests).toHaveLength(asked);
  expect(readdirSync(join(home, 'audiozoo/models'))).toEqual([expect.stringMatching(/^digits-/)]);
});

test('a name that nobody knows is answered with those that are near, and where it was looked for', async () => {
  const { run } = await withHub();
  const { exitCode, stderr } = await run(['classify', clip, '--model', 'audioset_10_10_0.459']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/audioset_10_10_0\.459 is not a folder, and no model goes by that name/);
  expect(stderr).toMatch(/Did you mean audioset_10_10_0\.4593\?/);
  const other = await run(['classify', clip, '--model', 'me/modle']);
  expect(other.stderr).toMatch(/me\/modle at main is not to be had from Hugging Face.*huggingface\/hub/);
});
