import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { file, firstBytes, type Handler, serve, status } from '../../../testing/http-handlers.js';
import { commit, serveHub } from '../../../testing/hub.js';
import { audiozoo, digitClip, fixture, type RunOptions, temporaryFolder } from './audiozoo.js';

const checkpoint = readFileSync(fixture('tasks/test/fixtures/spoken-digits/spoken-digits.pth'));
const labels = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.labels.csv');
const geometry = ['--set', 'fstride=16', '--set', 'tstride=16', '--set', 'frames=128'];
const recipe = [
  ...[...geometry, '--labels', labels, '--set', 'mean=-7.336108', '--set', 'std=6.539323'],
  ...['--problem-type', 'multi_label_classification'],
];
const modelFiles = ['config.json', 'model.safetensors', 'preprocessor_config.json'];
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Runs `pull` without whatever proxy there is where the tests run. */
const pull = (what: string, out: string, flags: readonly string[] = [], options: RunOptions = {}) =>
  audiozoo(['pull', what, '--out', out, ...flags], {
    ...options,
    env: { no_proxy: '*', HF_TOKEN: '', ...options.env },
  });

/** Acts when the first megabyte has been written of what is pulled to `digits`. */
function whenMegabyteIsIn(folder: string, act: () => void): void {
  const partial = join(folder, '.digits.partial/digits.pth.partial');
  const watch = setInterval(() => {
    if (!existsSync(partial) || readFileSync(partial).length < 1_000_000) return;
    clearInterval(watch);
    act();
  }, 20);
  onTestFinished(() => clearInterval(watch));
}

async function bestLabel(model: string, clip: string, flags: readonly string[] = []): Promise<string> {
  const { stdout } = await audiozoo(['classify', clip, '--model', model, '--top-k', '1', '--json', ...flags]);
  return JSON.parse(stdout)[0].labels[0].label;
}

describe('audiozoo models', () => {
  test('lists the official checkpoints, with figures and repositories', async () => {
    const { exitCode, stdout } = await audiozoo(['models']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /audioset_10_10_0\.4593 +mAP 0\.4593 .* MIT\/ast-finetuned-audioset-10-10-0\.4593/,
    );
    expect(stdout).toMatch(/speechcommands_10_10_0\.9812 +accuracy 0\.9812/);
    expect(stdout).toMatch(/ced-tiny +mAP 0\.481 +5\.5 M .* Apache-2\.0 +mispeech\/ced-tiny/);
  });

  test('lists them as JSON', async () => {
    const list = JSON.parse((await audiozoo(['models', '--json'])).stdout);
    expect(list[0]).toEqual({
      name: 'audioset_10_10_0.4593',
      model: 'audio-spectrogram-transformer',
      description: 'AudioSet, stride 10, weights averaged',
      bestFor: expect.stringContaining('attention'),
      figures: { mAP: 0.4593 },
      weights: 86.6,
      license: 'BSD-3-Clause',
      checkpoint: { url: expect.stringMatching(/audioset_10_10_0\.4593\.pth/) },
      repository: 'MIT/ast-finetuned-audioset-10-10-0.4593',
    });
    for (const entry of list) {
      expect(entry).toMatchObject({ weights: expect.any(Number), license: expect.any(String) });
    }
  });

  test('lines up what it lists in columns', async () => {
    const [titles, ...lines] = (await audiozoo(['models'])).stdout.split('\n');
    const column = titles!.indexOf('trained on');
    const rows = lines.slice(0, lines.indexOf(''));
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) expect(row.slice(column - 2, column + 1)).toMatch(/^ {2}\S$/);
  });
});

describe('audiozoo pull of an address', () => {
  test('writes a model directory that classifies', async () => {
    const { url } = await serve(file(checkpoint));
    const folder = temporaryFolder();
    const out = join(folder, 'digits');
    const { exitCode, stdout } = await pull(`${url}digits.pth?dl=1`, out, recipe);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`digits.pth: 3.4 MB, SHA-256 ${sha256(checkpoint)}, which nobody promised`);
    expect(stdout).toContain(`Wrote ${out}: 836,748 parameters`);
    expect(readdirSync(folder)).toEqual(['digits']);
    expect(readdirSync(out).sort()).toEqual(modelFiles);
    expect(await bestLabel(out, digitClip('3_three'))).toBe('three');
  });

  test('asks for what the file does not say, and then needs no second download', async () => {
    const { url, requests } = await serve(file(checkpoint));
    const folder = temporaryFolder();
    const out = join(folder, 'digits');
    const first = await pull(`${url}digits.pth`, out);
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toMatch(/3\.4 MB stay/);
    expect(first.stderr).toMatch(/--set fstride=…, --set tstride=…, --set frames=…/);
    expect(existsSync(out)).toBe(false);

    const { exitCode, stdout } = await pull(`${url}digits.pth`, out, [...recipe, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ out, conversion: { parameters: 836748 } });
    expect(requests).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['digits']);
  });

  test('goes on after Ctrl-C where it stopped', async () => {
    const { url, requests } = await serve(firstBytes(checkpoint, 1_000_000), file(checkpoint));
    const folder = temporaryFolder();
    const out = join(folder, 'digits');
    const first = pull(`${url}digits.pth`, out, recipe, {
      onStart: (kill) => whenMegabyteIsIn(folder, () => kill('SIGINT')),
    });
    expect(await first).toEqual({
      exitCode: 130,
      stdout: '',
      stderr: expect.stringContaining('1.0 MB stay'),
    });
    expect((await pull(`${url}digits.pth`, out, recipe)).exitCode).toBe(0);
    expect(requests[1]!.headers.range).toBe('bytes=1000000-');
    expect(readdirSync(folder)).toEqual(['digits']);
  });

  test('says when a connection breaks, and tries again', async () => {
    const broken = firstBytes(checkpoint, 1_000_000);
    const { url } = await serve(broken, file(checkpoint));
    const folder = temporaryFolder();
    whenMegabyteIsIn(folder, broken.cut);
    const { exitCode, stderr } = await pull(`${url}digits.pth`, join(folder, 'digits'), recipe);
    expect(stderr).toMatch(/connection to 127\.0\.0\.1.*Trying again in \d s/);
    expect(exitCode).toBe(0);
  });

  test.each<[string, Handler, readonly string[], RegExp]>([
    ['a checksum that differs', file(checkpoint), ['--sha256', '0'.repeat(64)], /SHA-256/],
    ['a web page', status(200, {}, '<html><title>Sorry</title></html>'), [], /web page.*"Sorry"/],
    ['something that is no checkpoint', status(200, {}, 'hello'), [], /no checkpoint/],
    ['an address without a file', status(404), [], /404 Not Found/],
  ])('refuses %s, and leaves nothing', async (_title, handler, flags, message) => {
    const { url } = await serve(handler);
    const folder = temporaryFolder();
    const { exitCode, stdout, stderr } = await pull(`${url}a.pth`, join(folder, 'a'), flags);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('never writes over what is there, and asks nobody for it', async () => {
    const { url, requests } = await serve(file(checkpoint));
    const out = temporaryFolder();
    writeFileSync(join(out, 'mine'), '');
    const { exitCode, stderr } = await pull(`${url}a.pth`, out, recipe);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('already there')]);
    expect(requests).toHaveLength(0);
  });

  test('leaves a folder alone that another process downloads to', async () => {
    const { url, requests } = await serve(file(checkpoint));
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.digits.partial'));
    writeFileSync(join(folder, '.digits.partial/lock'), String(process.pid));
    const { exitCode, stderr } = await pull(`${url}a.pth`, join(folder, 'digits'), recipe);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`process ${process.pid}`)]);
    expect(requests).toHaveLength(0);
  });

  test('goes through the proxy that the environment names, unless told not to', async () => {
    const origin = await serve(file(checkpoint));
    const proxy = await serve((request, response) => {
      const { pathname } = new URL(request.url!); // a proxy is asked for whole addresses
      return pathname === '/digits.pth' ? file(checkpoint)(request, response) : void response.destroy();
    });
    const folder = temporaryFolder();
    const run = (out: string, env: Record<string, string>) =>
      pull(`${origin.url}digits.pth`, join(folder, out), recipe, { env: { http_proxy: proxy.url, ...env } });
    expect((await run('a', { no_proxy: '' })).exitCode).toBe(0);
    expect([proxy.requests.length, origin.requests.length]).toEqual([1, 0]);
    expect((await run('b', { no_proxy: '127.0.0.1' })).exitCode).toBe(0);
    expect([proxy.requests.length, origin.requests.length]).toEqual([1, 1]);
  });
});

describe('audiozoo pull of a name', () => {
  test("takes a plug-in's published checkpoint, with what the plug-in knows of it", async () => {
    const { url } = await serve(file(checkpoint));
    const folder = temporaryFolder();
    const plugin = join(folder, 'plugin.mjs');
    const known = { bytes: checkpoint.length, sha256: sha256(checkpoint) };
    const entry = {
      name: 'digits',
      description: 'spoken digits',
      figures: { accuracy: 0.98 },
      checkpoint: {
        ...{ url: `${url}digits.pth`, ...known },
        conversion: {
          settings: { fstride: 16, tstride: 16, frames: 128, mean: -7.336108, std: 6.539323 },
        },
      },
    };
    const ast = pathToFileURL(fixture('ast/dist/index.js'));
    writeFileSync(
      plugin,
      `import { ast } from ${JSON.stringify(ast.href)};
       export default { ...ast, type: 'digits', zoo: [${JSON.stringify(entry)}] };`,
    );
    expect((await audiozoo(['models', '--plugin', plugin])).stdout).toContain('digits');

    const out = join(folder, 'digits');
    const { exitCode, stdout } = await pull('digits', out, ['--plugin', plugin, '--labels', labels]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`SHA-256 ${known.sha256}, as promised`);
    expect(stdout).not.toMatch(/fstride|mean/);
    expect(await bestLabel(out, digitClip('7_seven'))).toBe('seven');
  });

  test.each<[string, readonly string[], RegExp]>([
    ['a name that nobody knows', ['audioset_11_11'], /audiozoo models/],
    ['a path', ['../digits/more'], /nothing to pull/],
    ['a password in an address', ['https://me:secret@example.org/a.pth'], /do not belong in an address/],
    ['strides for a repository', ['MIT/x', '--set', 'fstride=10'], /leave those flags out/],
    ['a checksum for a repository', ['MIT/x', '--sha256', '0'.repeat(64)], /for one file/],
    ['a revision of an address', ['http://127.0.0.1:9/a', '--revision', 'main'], /--revision is for/],
    ['a checksum that is none', ['http://127.0.0.1:9/a', '--sha256', 'abc'], /64 hexadecimal/],
  ])('refuses %s as a wrong command line', async (_title, [what, ...flags], message) => {
    const { exitCode, stderr } = await pull(what!, join(temporaryFolder(), 'x'), flags);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });
});

describe('audiozoo pull of a Hugging Face repository', () => {
  const clip = fixture('ast/test/fixtures/hugging-face/clip.wav');
  const fixtures = (kind: string) => fixture(`ast/test/fixtures/hugging-face/${kind}`);

  test.each([
    ['in one file', 'whole', modelFiles],
    ['in shards', 'sharded', readdirSync(fixtures('sharded')).sort()],
    ["in PyTorch's format", 'bin', modelFiles],
    [
      'in the names of transformers 5',
      '../transformers-5/whole',
      ['config.json', 'model.safetensors', 'processor_config.json'],
    ],
  ])('with weights %s writes a model directory that classifies', async (_title, kind, files) => {
    const { server, store, env } = await serveHub(fixtures(kind));
    const folder = temporaryFolder();
    const out = join(folder, 'model');
    const { exitCode, stdout } = await pull('me/model', out, [], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`me/model at ${commit}`);
    expect(stdout).toContain('as promised');
    expect(readdirSync(folder)).toEqual(['model']);
    expect(readdirSync(out).sort()).toEqual(files);
    expect(await bestLabel(out, clip)).toBe(await bestLabel(fixtures('whole'), clip));

    // All but the first file are of the commit that the first one was, and the token stays with the hub.
    expect(server.requests.map(({ url }) => url!.split('/')[4])).toEqual([
      'main',
      ...server.requests.slice(1).map(() => commit),
    ]);
    expect(server.requests.every(({ headers }) => headers.authorization === 'Bearer hf_secret')).toBe(true);
    expect(store.requests.some(({ headers }) => headers.authorization)).toBe(false);
  });

  test("with weights in shards of PyTorch's format writes a model directory", async () => {
    const remote = temporaryFolder();
    for (const name of ['config.json', 'preprocessor_config.json']) {
      writeFileSync(join(remote, name), readFileSync(join(fixtures('bin'), name)));
    }
    const shard = 'pytorch_model-00001-of-00001.bin';
    writeFileSync(join(remote, shard), readFileSync(join(fixtures('bin'), 'pytorch_model.bin')));
    const { stdout: inspected } = await audiozoo(['inspect', join(remote, shard), '--json']);
    const names = (JSON.parse(inspected).tensors as { name: string }[]).map(({ name }) => [name, shard]);
    const index = JSON.stringify({ weight_map: Object.fromEntries(names) });
    writeFileSync(join(remote, 'pytorch_model.bin.index.json'), index);

    const { env } = await serveHub(remote);
    const out = join(temporaryFolder(), 'model');
    const { exitCode, stdout } = await pull('me/model', out, [], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${shard}: `);
    expect(readdirSync(out).sort()).toEqual(modelFiles);
    expect(await bestLabel(out, clip)).toBe(await bestLabel(fixtures('whole'), clip));
  });

  test('takes another revision, and the page as it is copied from a browser', async () => {
    const { server, env } = await serveHub(fixtures('whole'));
    const folder = temporaryFolder();
    await pull('me/model', join(folder, 'a'), ['--revision', 'refs/pr/2'], { env });
    const page = `${server.url}me/model/tree/refs%2Fpr%2F2`;
    await pull(page, join(folder, 'b'), [], { env });
    const first = server.requests.filter(({ url }) => url!.endsWith('/config.json')).map(({ url }) => url);
    expect(first).toEqual(Array(2).fill('/me/model/resolve/refs%2Fpr%2F2/config.json'));
    expect(readdirSync(folder)).toEqual(['a', 'b']);
  });

  test('follows a repository to its new name, and still knows the checksum', async () => {
    const { env } = await serveHub(fixtures('whole'));
    const { stdout } = await pull('old/name', join(temporaryFolder(), 'model'), [], { env });
    expect(stdout).toContain(`old/name at ${commit}`);
    expect(stdout).toContain('as promised');
  });

  test('stores the weights in another dtype when asked to', async () => {
    const { env } = await serveHub(fixtures('whole'));
    const out = join(temporaryFolder(), 'model');
    const { stdout } = await pull('me/model', out, ['--dtype', 'float16'], { env });
    expect(stdout).toContain('parameters as float16');
  });

  test('refuses weights that are not what the hub promised', async () => {
    const { env } = await serveHub(fixtures('whole'), { lie: '0'.repeat(64) });
    const folder = temporaryFolder();
    const { exitCode, stderr } = await pull('me/model', join(folder, 'model'), [], { env });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/SHA-256 0000/)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('refuses a model that no plug-in reads before its weights come', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'config.json'), '{ "model_type": "wav2vec2" }');
    const { server, env } = await serveHub(folder);
    const { exitCode, stderr } = await pull('me/model', join(folder, 'model'), [], { env });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/"wav2vec2".*--plugin/)]);
    expect(server.requests.map(({ url }) => url!.split('/').at(-1))).toEqual(['config.json']);
  });

  test.each([
    [401, /HF_TOKEN/],
    [403, /accept its terms/],
    [404, /Check the name/],
  ])('says what status %i may mean', async (code, message) => {
    const { url } = await serve(status(code));
    const env = { HF_ENDPOINT: url };
    const { exitCode, stderr } = await pull('me/model', join(temporaryFolder(), 'x'), [], { env });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  test('never sends a token unencrypted', async () => {
    const env = { HF_ENDPOINT: 'http://hub.example', HF_TOKEN: 'hf_secret' };
    const { exitCode, stderr } = await pull('me/model', join(temporaryFolder(), 'x'), [], { env });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/HF_TOKEN would be sent unencrypted/)]);
  });
});
