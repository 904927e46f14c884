import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutShards, type Entry, type EstimatedEntry, type Shard } from '../src/index.js';
import { collect } from './collect.js';

const shardSeconds = 60;
/** Figures below are of these sounds, not of luck. */
const seed = 14;

async function shardsOf(sounds: Iterable<EstimatedEntry>): Promise<readonly Shard[]> {
  const given = (async function* () {
    yield* sounds;
  })();
  return collect(cutShards(given, { shardSeconds }));
}

const sound = (name: string, seconds: number): EstimatedEntry => ({
  entry: { id: name, source: `/sounds/${name}` },
  seconds,
});

/** Sounds of any names, times and lengths, hours among them. */
const sounds = fc.array(
  fc.record({
    entry: fc.record(
      {
        id: fc.string(),
        source: fc.string().map((name) => `/${name}`),
        start: fc.nat(),
        version: fc.string(),
      },
      { requiredKeys: ['id', 'source'] },
    ) as fc.Arbitrary<Entry>,
    seconds: fc.oneof(
      fc.double({ min: 0, max: 120, noNaN: true }),
      fc.double({ min: 0, max: 1e5, noNaN: true }),
    ),
  }),
  { maxLength: 300, size: 'max' },
);

/** A few hundred sounds of 1 to 30 seconds. */
const recordings = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z0-9]{12}$/), fc.double({ min: 1, max: 30, noNaN: true })), {
    minLength: 1,
    maxLength: 300,
    size: 'max',
  })
  .map((list) => list.map(([name, seconds]) => sound(name, seconds)));

test('shards hold all sounds, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(sounds, async (list) => {
      const shards = await shardsOf(list);
      expect(shards.flatMap(({ entries }) => entries)).toEqual(list.map(({ entry }) => entry));
      expect(shards.every(({ entries }) => entries.length > 0)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('a shard of several sounds is no longer than one and a half budgets, and what Redis holds of it is bounded', async () => {
  await fc.assert(
    fc.asyncProperty(sounds, async (list) => {
      for (const shard of await shardsOf(list)) {
        if (shard.entries.length > 1) expect(shard.seconds).toBeLessThanOrEqual(1.5 * shardSeconds + 1e-6);
      }
    }),
    { numRuns: 100 },
  );
  const short = Array.from({ length: 10_000 }, (_, index) => sound(`${index}`, 0));
  const named = short.map(({ entry }) => sound(`${entry.id}${'\u{1F426}'.repeat(800)}`, 0));
  for (const { entries } of await shardsOf(short)) expect(entries.length).toBeLessThanOrEqual(2000);
  for (const shard of await shardsOf(named)) {
    expect(Buffer.byteLength(JSON.stringify(shard))).toBeLessThan(256_000);
  }
});

test('shards are about as long as they should be', async () => {
  const list = Array.from({ length: 5000 }, (_, index) => sound(`${index}.wav`, 1 + (index % 9)));
  const lengths = (await shardsOf(list)).slice(0, -1).map(({ seconds }) => seconds / shardSeconds);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(0.4);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(1.5);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  expect(mean).toBeGreaterThan(0.7);
  expect(mean).toBeLessThan(1.2);
});

test('a sound that comes, goes or changes leaves all shards as they were but one or two, seldom more', async () => {
  const counts: number[] = [];
  const change = fc.constantFrom('comes', 'goes', 'changes');
  await fc.assert(
    fc.asyncProperty(recordings, fc.nat(), change, async (list, nat, how) => {
      const at = nat % list.length;
      const changed = { ...list[at]!, entry: { ...list[at]!.entry, version: 'another' } };
      const put = { comes: [sound('new', 7), list[at]!], goes: [], changes: [changed] }[how];
      const after = await shardsOf(list.toSpliced(at, 1, ...put));
      const known = new Set((await shardsOf(list)).map(({ id }) => id));
      counts.push(after.filter(({ id }) => !known.has(id)).length);
    }),
    { seed, numRuns: 300 },
  );
  const share = (most: number) => counts.filter((count) => count <= most).length / counts.length;
  expect(share(2)).toBeGreaterThan(0.93);
  expect(share(3)).toBeGreaterThan(0.98);
  expect(Math.max(...counts)).toBeLessThanOrEqual(5);
});

test('a file that has changed changes the one shard that it is in', async () => {
  const list = Array.from({ length: 1000 }, (_, index) => sound(`${index}.wav`, 5));
  const before = await shardsOf(list);
  const changed = list.with(500, { ...list[500]!, entry: { ...list[500]!.entry, version: '1-2' } });
  const known = new Set(before.map(({ id }) => id));
  const after = await shardsOf(changed);
  expect(after.length).toBe(before.length);
  expect(after.filter(({ id }) => !known.has(id)).length).toBe(1);
});

test('shards are what they were when addresses are signed anew, whose signatures they carry nonetheless', async () => {
  const signed = (signature: string) =>
    Array.from({ length: 200 }, (_, index): EstimatedEntry => {
      const source = `https://bucket.example.org/${index}.wav?versionId=3&X-Amz-Date=${signature}&X-Amz-Signature=${signature}`;
      return { entry: { id: `${index}`, source }, seconds: 5 };
    });
  const [monday, tuesday] = [await shardsOf(signed('monday')), await shardsOf(signed('tuesday'))];
  expect(tuesday.map(({ id }) => id)).toEqual(monday.map(({ id }) => id));
  expect(tuesday[0]!.entries[0]!.source).toContain('tuesday');
});

test('the same job has the same shards in every version', async () => {
  const shards = await shardsOf(Array.from({ length: 30 }, (_, index) => sound(`${index}.wav`, 6)));
  expect(shards.map(({ id, entries }) => [id, entries.length])).toMatchInlineSnapshot(`
    [
      [
        "ef8a4f2a372e7b30cccd9770ef673793",
        9,
      ],
      [
        "571ca338b9a087f7814a8c7b2d321eaa",
        5,
      ],
      [
        "ba39d03bf2e57cfcc7b29cb9090e9f34",
        10,
      ],
      [
        "06458d60fc6b3c5cde2fcf69dc9705c8",
        6,
      ],
    ]
  `);
});

test('cutting holds no more than two shards, however many come', async () => {
  let given = 0;
  const endless = (async function* () {
    for (;;) yield sound(`${given++}.wav`, 10);
  })();
  let taken = 0;
  for await (const { entries } of cutShards(endless, { shardSeconds })) {
    taken += entries.length;
    expect(given - taken).toBeLessThan(13);
    if (taken > 1000) break;
  }
});
