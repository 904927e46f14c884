// Models by name: a hub on this machine, and the cache that Python's huggingface_hub shares. AUDIOZOO_HUB_KILLS makes
// more processes die while they fill it.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownerMark } from '@audiozoo/core/disk';
import { type OpenFilesOptions, openFiles } from '@audiozoo/core/files';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serve, status } from '../../../testing/http-handlers.js';
import { commit, type Hub, serveHub } from '../../../testing/hub.js';
import { linkOrCopy } from '../src/network/hub-cache.js';
import { temporaryFolder } from './temporary-folder.js';

const kills = Number(process.env.AUDIOZOO_HUB_KILLS ?? 6);
const modelFiles = ['config.json', 'preprocessor_config.json', 'model.safetensors'];
/** More than the beginning that is asked for first. */
const weights = Uint8Array.from({ length: 900_000 }, (_, index) => (index * 7919) % 251);
const hash = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');

let remote: string;
let home: string;
let repository: string;
beforeEach(() => {
  remote = temporaryFolder();
  writeFileSync(join(remote, 'config.json'), '{"model_type": "toy"}');
  writeFileSync(join(remote, 'preprocessor_config.json'), '{}');
  writeFileSync(join(remote, 'model.safetensors'), weights);
  home = temporaryFolder();
  repository = join(home, 'hub/models--me--model');
  setEnvironment({ HF_HOME: home, HF_HUB_CACHE: '', HF_HUB_OFFLINE: '', HF_TOKEN: '' });
});
afterEach(() => void vi.unstubAllEnvs());

function setEnvironment(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}

async function hub(options?: Parameters<typeof serveHub>[1]): Promise<Hub> {
  const served = await serveHub(remote, options);
  setEnvironment(served.env);
  return served;
}

/** What the files of a model hold, by their checksums. */
async function load(name = 'me/model', options?: OpenFilesOptions): Promise<readonly (string | undefined)[]> {
  const files = await openFiles(name, options);
  const sums: (string | undefined)[] = [];
  for (const file of modelFiles) {
    const source = await files.open(file);
    sums.push(source && hash('sha256', await source.read(0, source.size)));
    await source?.close();
  }
  return sums;
}
const contents = () => modelFiles.map((name) => hash('sha256', readFileSync(join(remote, name))));

test('a repository is kept as huggingface_hub lays it out, and then needs no network', async () => {
  const { server, store } = await hub();
  expect(await load()).toEqual(contents());
  expect(readFileSync(join(repository, 'refs/main'), 'utf8')).toBe(commit);
  const blobs = {
    'config.json': hash('sha1', readFileSync(join(remote, 'config.json'))),
    'model.safetensors': hash('sha256', weights),
  };
  for (const [name, blob] of Object.entries(blobs)) {
    expect(readlinkSync(join(repository, 'snapshots', commit, name))).toBe(`../../blobs/${blob}`);
  }
  expect(readdirSync(repository).sort()).toEqual(['blobs', 'refs', 'snapshots']);
  expect(readdirSync(join(home, 'hub/.locks/models--me--model'))).toEqual([]);

  const asked = server.requests.length + store.requests.length;
  expect(await load()).toEqual(contents());
  expect(server.requests.length + store.requests.length).toBe(asked);
  setEnvironment({ HF_HUB_OFFLINE: '1' });
  expect(await load()).toEqual(contents());
  expect(await load(`me/model@${commit}`)).toEqual(contents());
});

test('what a process left that was killed while it waited for a file is removed, though the file is there', async () => {
  await hub();
  await load();
  const locks = join(home, 'hub/.locks/models--me--model');
  const dead = ownerMark().replace(`-${process.pid}-`, '-999999999-');
  const work = join(locks, `${hash('sha256', weights)}.audiozoo`);
  mkdirSync(join(work, 'lock'), { recursive: true });
  writeFileSync(join(work, 'lock', `${dead}-0a0a0a0a`), '');
  mkdirSync(join(work, `${dead}-0a0a0a`)); // while it asked for the lock
  expect(await load()).toEqual(contents());
  expect(readdirSync(locks)).toEqual([]);
});

test('a file has a path where onnxruntime can read it, not a link', async () => {
  await hub();
  const source = (await (await openFiles('me/model')).open('model.safetensors'))!;
  await source.fetchAll!();
  expect(lstatSync(source.path!).isFile()).toBe(true);
  await source.close();
});

test("what Python's huggingface_hub has fetched is used, copies in place of links too", async () => {
  const snapshot = join(repository, 'snapshots', commit);
  mkdirSync(snapshot, { recursive: true });
  mkdirSync(join(repository, 'refs'));
  mkdirSync(join(repository, '.no_exist', commit), { recursive: true });
  writeFileSync(join(repository, 'refs/main'), commit);
  writeFileSync(join(repository, '.no_exist', commit, 'preprocessor_config.json'), '');
  for (const name of ['config.json', 'model.safetensors']) {
    writeFileSync(join(snapshot, name), readFileSync(join(remote, name)));
  }
  setEnvironment({ HF_HUB_OFFLINE: '1' });
  const [config, preprocessor, safetensors] = await load();
  expect([config, preprocessor, safetensors]).toEqual([contents()[0], undefined, contents()[2]]);
});

test('a file that a commit does not have is asked for once', async () => {
  const { server } = await hub();
  const open = async () => (await openFiles('me/model')).open('model.safetensors.index.json');
  expect(await open()).toBeUndefined();
  const asked = server.requests.length;
  expect(await open()).toBeUndefined();
  expect(server.requests).toHaveLength(asked);
});

test('another revision is of a commit of its own, and what has the same content is fetched once', async () => {
  const { store } = await hub();
  await load();
  const asked = store.requests.length;
  expect(await load('me/model@refs/pr/2')).toEqual(contents());
  expect(store.requests).toHaveLength(asked);
  expect(readFileSync(join(repository, 'refs/refs/pr/2'), 'utf8')).toBe(commit);
});

test('the token goes to the hub, from the environment or where Python keeps it, and to nobody else', async () => {
  const { server, store } = await hub();
  await load();
  vi.stubEnv('HF_TOKEN', undefined);
  writeFileSync(join(home, 'token'), 'hf_kept\n');
  await (await openFiles('me/model@refs/pr/2')).open('config.json');
  const tokens = new Set(server.requests.map(({ headers }) => headers.authorization));
  expect([...tokens]).toEqual(['Bearer hf_secret', 'Bearer hf_kept']);
  expect(store.requests.some(({ headers }) => headers.authorization)).toBe(false);
});

test('a checksum that is asked for is that of the bytes in the cache, which is mended', async () => {
  await hub();
  await load();
  const blob = join(repository, 'blobs', hash('sha256', weights));
  writeFileSync(blob, weights.with(800_000, 255));
  const integrity = { 'model.safetensors': hash('sha256', weights) };
  expect(await load('me/model')).not.toEqual(contents());
  expect(await load('me/model', { integrity })).toEqual(contents());
  expect(await load('me/model')).toEqual(contents());
});

test('weights that are not what the hub promised are refused, and not kept', async () => {
  await hub({ lie: '0'.repeat(64) });
  await expect(load()).rejects.toThrow(/SHA-256 0000/);
  expect(readdirSync(join(repository, 'blobs'))).toHaveLength(2);
});

test('nothing is kept when told so', async () => {
  await hub();
  expect(await load('me/model', { cache: false })).toEqual(contents());
  expect(readdirSync(home)).toEqual([]);
});

test('a folder that is there counts more than a published name, and that more than a repository', async () => {
  await hub();
  const zoo = async () => [{ name: 'toy/model', description: '', figures: {}, repository: 'me/model' }];
  expect(await load('toy/model', { zoo })).toEqual(contents());
  const [here, before] = [temporaryFolder(), process.cwd()];
  mkdirSync(join(here, 'toy/model'), { recursive: true });
  writeFileSync(join(here, 'toy/model/config.json'), 'mine');
  process.chdir(here);
  try {
    expect((await load('toy/model', { zoo }))[0]).toBe(hash('sha256', Buffer.from('mine')));
  } finally {
    process.chdir(before);
  }
});

test.each([
  ['is not in the cache while offline', { HF_HUB_OFFLINE: '1' }, /not in the cache, and HF_HUB_OFFLINE/],
  [
    'is not in the cache, and the hub is down',
    { HF_ENDPOINT: 'http://127.0.0.1:1234' },
    /neither here nor to be/,
  ],
])('a repository that %s is refused, and says where it was looked for', async (_, env, message) => {
  setEnvironment(env);
  await expect(openFiles('me/model')).rejects.toThrow(message);
  await expect(openFiles('me/model')).rejects.toThrow(join(home, 'hub'));
});

test.each([401, 403, 404])('a repository that the hub answers %i for is refused', async (code) => {
  const { url } = await serve(status(code));
  setEnvironment({ HF_ENDPOINT: url });
  await expect(openFiles('me/model')).rejects.toThrow(/not to be had from Hugging Face.*HF_TOKEN/);
});

test('a name that was probably mistyped is answered with the one that was meant', async () => {
  await hub();
  await load();
  await expect(openFiles('me/modell')).rejects.toThrow(/Did you mean me\/model\?/);
  const zoo = async () => [{ name: 'audioset_10_10', description: '', figures: {}, repository: 'me/other' }];
  const error = await openFiles('audioset_10_1', { zoo }).catch(String);
  expect(error).toMatch(/is not a folder, and no model goes by that name/);
  expect(error).toMatch(/a published name \(audioset_10_10\), or a Hugging Face repository/);
  expect(error).toMatch(/Did you mean audioset_10_10\?/);
});

test('where no links can be made there are copies', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'blob'), 'bytes');
  await linkOrCopy(join(folder, 'blob'), join(folder, 'file'), () => Promise.reject(new Error('EPERM')));
  expect(lstatSync(join(folder, 'file')).isSymbolicLink()).toBe(false);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('bytes');
  expect(readdirSync(folder).sort()).toEqual(['blob', 'file']);
});

const script = fileURLToPath(new URL('./hub-process.mjs', import.meta.url));

/** Loads in a process of its own, which is killed after some milliseconds, or when a promise says so. */
function loadElsewhere(kill?: number | Promise<unknown>): Promise<string> {
  const args = [script, 'me/model'];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (_killed, stdout, stderr) => resolve(stdout + stderr));
    const end = () => child.kill('SIGKILL');
    if (typeof kill === 'number') setTimeout(end, kill);
    else void kill?.then(end);
  });
}

test('processes that want the same model at once fetch it once', async () => {
  const { store } = await hub({ slow: 20 });
  const said = await Promise.all([loadElsewhere(), loadElsewhere(), loadElsewhere()]);
  for (const sums of said) expect(sums.trim().split('\n')).toEqual(contents());
  expect(store.requests.filter(({ headers }) => headers.range === undefined)).toHaveLength(1);
});

test('a process goes on where a killed one has stopped', async () => {
  const { store } = await hub({ slow: 50 });
  const work = join(home, 'hub/.locks/models--me--model', `${hash('sha256', weights)}.audiozoo`);
  const partial = join(work, 'file.partial');
  const hasBegun = () => existsSync(partial) && readFileSync(partial).length > 100_000;
  await loadElsewhere(vi.waitFor(() => expect(hasBegun()).toBe(true), { timeout: 60_000, interval: 20 }));
  expect(await load()).toEqual(contents());
  expect(store.requests.at(-1)!.headers).toMatchObject({ 'if-range': '"v1"' });
  expect(readdirSync(join(work, '..'))).toEqual([]);
});

test('processes that are killed while they fill the cache leave nothing that is wrong', async () => {
  await hub({ slow: 20 });
  const begun = Date.now();
  expect((await loadElsewhere()).trim().split('\n')).toEqual(contents());
  const whole = Date.now() - begun;
  for (let time = 0; time < kills; time++) {
    const cache = temporaryFolder();
    setEnvironment({ HF_HOME: cache });
    const after = () => whole * (0.3 + 0.7 * Math.random());
    await Promise.all([loadElsewhere(after()), loadElsewhere(after())]);
    const said = await Promise.all([loadElsewhere(), loadElsewhere()]);
    for (const sums of said) expect(sums.trim().split('\n')).toEqual(contents());
    const folder = join(cache, 'hub/models--me--model');
    expect(readdirSync(join(folder, 'snapshots', commit)).sort()).toEqual([...modelFiles].sort());
    expect(readdirSync(join(folder, 'blobs'))).toHaveLength(3);
    expect(readdirSync(join(cache, 'hub/.locks/models--me--model'))).toEqual([]);
  }
}, 480_000);
