import dns from 'node:dns';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { file, firstBytes, redirect, serve, status } from '../../../testing/http-handlers.js';
import { openSource, type SourceAccess } from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

const bytes = Uint8Array.from({ length: 50_000 }, (_, index) => (index * index) >> 3);

/** What a worker hears of a source: the bytes of a file in base64, since long arrays are compared slowly. */
async function opened(source: string, access?: SourceAccess, signal?: AbortSignal): Promise<string> {
  const { sound, close } = await openSource({ source }, access, signal);
  try {
    return readFileSync(sound, 'base64');
  } finally {
    await close();
  }
}

const base64 = (content: string | Uint8Array) => Buffer.from(content).toString('base64');
const served = base64(bytes);

/** What is in the system's folder for temporary files, of this process's own. */
function ownTemporaryFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.includes(`-${process.pid}-`));
}

describe('a path', () => {
  test('is opened where it lies, if that is within a root', async () => {
    const folder = temporaryFolder({ 'in/a.wav': 'a', 'in/..b.wav': 'b' });
    expect(await opened(join(folder, 'in/a.wav'))).toBe(base64('a'));
    expect(await opened(join(folder, 'in/a.wav'), { roots: ['/nowhere', join(folder, 'in')] })).toEqual(
      base64('a'),
    );
    expect(await opened(join(folder, 'in/..b.wav'), { roots: [join(folder, 'in')] })).toBe(base64('b'));
    expect(await opened(join(folder, 'in/a.wav'), { roots: ['/'] })).toBe(base64('a'));
  });

  test('is refused outside of the roots, also through `..`, links and names that begin as theirs do', async () => {
    const folder = temporaryFolder({ 'in/a.wav': 'a', 'inner/b.wav': 'b', 'c.wav': 'c' });
    symlinkSync('../c.wav', join(folder, 'in/link.wav'));
    symlinkSync('../inner', join(folder, 'in/linked'));
    const access = { roots: [join(folder, 'in')] };
    for (const path of ['inner/b.wav', 'c.wav', 'in/link.wav', 'in/linked/b.wav']) {
      await expect(opened(join(folder, path), access)).rejects.toThrow(/lies outside.*`roots`/);
    }
    await expect(opened(`${folder}/in/../c.wav`, access)).rejects.toThrow(/lies outside/);
    await expect(opened(join(folder, 'in/a.wav'), { roots: [] })).rejects.toThrow(/lies outside/);
  });

  test('outside of them says not even whether it is there', async () => {
    const folder = temporaryFolder({ 'in/a.wav': 'a' });
    const access = { roots: [join(folder, 'in')] };
    await expect(opened(join(folder, 'gone.wav'), access)).rejects.toThrow(/lies outside/);
    await expect(opened(join(folder, 'in/gone.wav'), access)).rejects.toThrow(/is not there/);
  });

  test('through a root that is itself a link is within it', async () => {
    const folder = temporaryFolder({ 'in/a.wav': 'a' });
    symlinkSync('in', join(folder, 'root'));
    expect(await opened(join(folder, 'root/a.wav'), { roots: [join(folder, 'root')] })).toBe(base64('a'));
  });

  test('must be absolute', async () => {
    await expect(opened('package.json')).rejects.toThrow(/an absolute path/);
  });
});

describe('an address', () => {
  test('is brought into a temporary file, which goes again', async () => {
    const { url } = await serve(file(bytes));
    const before = ownTemporaryFolders();
    const { sound, close } = await openSource({ source: `${url}a/dog%20bark.wav` });
    expect(sound).toMatch(/dog_20bark\.wav$/);
    expect(readFileSync(sound, 'base64')).toBe(served);
    await close();
    expect(ownTemporaryFolders()).toEqual(before);
  });

  test('that breaks off is asked for the rest', async () => {
    const broken = firstBytes(bytes, 20_000);
    const { url, requests } = await serve(broken, file(bytes));
    const opening = opened(url);
    while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    setTimeout(broken.cut, 50);
    expect(await opening).toBe(served);
    expect(requests.length).toBe(2);
  });

  test('that gives no file fails with what came, and leaves nothing', async () => {
    const before = ownTemporaryFolders();
    const { url } = await serve(status(404));
    await expect(opened(`${url}a.wav`)).rejects.toMatchObject({ code: 'file', got: '404 Not Found' });
    const large = await serve(file(bytes));
    await expect(opened(large.url, { maxBytes: 49_999 })).rejects.toThrow(/larger than it may be.*49999/);
    const page = await serve(status(200, { 'content-type': 'text/html' }, '<html><title>Log in</title>'));
    await expect(opened(page.url)).rejects.toThrow(/web page.*Log in/);
    expect(ownTemporaryFolders()).toEqual(before);
  });

  test('that this machine has no room for is no failure of the sound', async () => {
    const { url } = await serve(file(bytes));
    const { TMPDIR } = process.env;
    onTestFinished(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    process.env.TMPDIR = '/nowhere';
    await expect(opened(url)).rejects.toMatchObject({
      code: 'device',
      message: expect.stringMatching(/nowhere cannot be written/),
    });
  });

  test('is left when it is aborted', async () => {
    const before = ownTemporaryFolders();
    const { url, requests } = await serve(firstBytes(bytes, 100));
    const stop = new AbortController();
    const opening = opened(url, {}, stop.signal);
    while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error('enough'));
    await expect(opening).rejects.toThrow('enough');
    expect(ownTemporaryFolders()).toEqual(before);
  });

  test('with a password sends it, to no other host, and shows it and its signature to nobody', async () => {
    const other = await serve(status(403));
    const { url, requests } = await serve(redirect(`${other.url}b.wav?sig=hidden`));
    const source = `${url.replace('//', '//me:p%40ss@')}a.wav?X-Amz-Signature=hidden`;
    const error: Error = await opened(source).catch((thrown) => thrown);
    expect(requests[0]!.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(other.requests[0]!.headers.authorization).toBeUndefined();
    expect(error.message).toMatch(/b\.wav: expected status 200, got 403/);
    expect(`${error.message}${error.stack}`).not.toMatch(/hidden|p@ss|p%40ss/);
  });
});

describe('hosts', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://169.254.169.254./',
    'http://１６９.254.169.254/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::169.254.169.254]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[fe80::1]/',
    'http://[febf::1]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
  ])('%s is link-local, and never asked', async (source) => {
    await expect(opened(source)).rejects.toThrow(/is not asked.*link-local/);
    await expect(opened(source, { hosts: [new URL(source).hostname] })).rejects.toThrow(/link-local/);
  });

  test('a name that leads to a link-local address is not asked either', async () => {
    const { url, requests } = await serve(file(bytes));
    const { port } = new URL(url);
    const { lookup } = dns;
    onTestFinished(() => {
      dns.lookup = lookup;
      syncBuiltinESMExports();
    });
    const answers = [
      { address: '127.0.0.1', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ];
    const lying = (_name: string, { all }: dns.LookupOptions, callback: (...told: unknown[]) => void) =>
      all ? callback(null, answers) : callback(null, '::ffff:169.254.169.254', 6);
    dns.lookup = lying as unknown as typeof dns.lookup;
    syncBuiltinESMExports();
    await expect(opened(`http://metadata.example:${port}/a.wav`)).rejects.toThrow(
      /metadata\.example is not asked.*link-local/,
    );
    expect(requests).toEqual([]);
  });

  test('nor is an address that a server redirects to', async () => {
    const { url } = await serve(redirect('http://169.254.169.254/latest'));
    await expect(opened(url)).rejects.toThrow(/169\.254\.169\.254 is not asked/);
    const local = await serve(redirect('file:///etc/passwd'));
    await expect(opened(local.url)).rejects.toThrow(/redirects to nothing that can be fetched/);
  });

  test('of a list are asked, by their names alone, and no others', async () => {
    const { url, requests } = await serve(file(bytes));
    expect(await opened(url)).toBe(served);
    expect(await opened(url, { hosts: ['example.org', '127.0.0.1'] })).toBe(served);
    await expect(opened(url, { hosts: ['example.org'] })).rejects.toThrow(
      /127\.0\.0\.1 is none of the hosts.*`hosts`/,
    );
    await expect(opened(url, { hosts: [] })).rejects.toThrow(/none of the hosts/);
    const elsewhere = await serve(redirect(url.replace('127.0.0.1', 'localhost')));
    await expect(opened(elsewhere.url, { hosts: ['127.0.0.1'] })).rejects.toThrow(
      /localhost is none of the hosts/,
    );
    expect(await opened(elsewhere.url, { hosts: ['127.0.0.1', 'LOCALHOST'] })).toBe(served);
    expect(requests.length).toBe(3);
  });

  test('`*.` stands for all below a name, and not for it', async () => {
    const { url } = await serve(file(bytes));
    const below = (name: string) => url.replace('127.0.0.1', name);
    const access = { hosts: ['*.localhost'] };
    await expect(opened(below('localhost'), access)).rejects.toThrow(/none of the hosts/);
    await expect(opened(below('notlocalhost'), access)).rejects.toThrow(/none of the hosts/);
    await expect(opened(below('localhost.example.org'), access)).rejects.toThrow(/none of the hosts/);
    // Whether the system knows the name is its own to say: it is looked for.
    const result = await opened(below('a.b.localhost'), access).catch((error: Error) => error.message);
    expect(result).not.toMatch(/none of the hosts/);
  });

  test.each(['file:///etc/passwd', 'ftp://h/a.wav', 'gopher://h/a', 'https://'])(
    '%s is no source',
    async (source) => {
      await expect(opened(source)).rejects.toThrow(/not where a sound can be/);
    },
  );
});
