// The files that nobody here can build or deploy say what the command understands.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { createProgram } from '../../../packages/cli/src/program.js';

const folder = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly replicas: number };
}
const compose: { services: Readonly<Record<string, Service>> } = parse(read('compose.yaml'), { merge: true });

interface Pod {
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly args: readonly string[];
  }[];
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  /** Of each kind other fields, by Kubernetes' own schemas: those that are read here. */
  readonly spec?: {
    readonly template?: { readonly spec: Pod };
    readonly triggers?: readonly { readonly metadata: Readonly<Record<string, string>> }[];
  };
}
const resources: readonly Resource[] = parseAllDocuments(read('kubernetes.yaml')).map((document) => {
  expect(document.errors).toEqual([]);
  return document.toJS();
});
const pods = resources.flatMap(({ spec }) => spec?.template?.spec ?? []);

const commandLines = [
  ...Object.entries(compose.services).map(([name, { image, command }]) => ({ name, image, args: command })),
  ...pods.flatMap(({ containers }) => containers),
];
const ours = commandLines
  .filter(({ image }) => image === 'audiozoo')
  .map(({ name, args }) => ({ name, args }));
const queues = commandLines.filter(({ image }) => image.startsWith('redis:')).map(({ args }) => args);

const valueBehind = (args: readonly string[], flag: string) => args[args.indexOf(flag) + 1];

test.each(ours)(
  '$name calls a command with flags that it has: $args',
  async ({ args: [called, ...args] }) => {
    const program = await createProgram(called, new AbortController().signal);
    const command = program.commands.find((command) => command.name() === called)!;
    const given: string[] = [];
    let inputs = 0;
    for (let at = 0; at < args.length; at++) {
      if (!args[at]!.startsWith('--')) {
        inputs++;
        continue;
      }
      const option = command.options.find(({ long }) => long === args[at]);
      expect(option?.long, `a flag of ${called}`).toBe(args[at]);
      given.push(option!.long!);
      if (!option!.required) continue;
      const value = args[++at]!;
      option!.parseArg?.(value, undefined as never);
    }
    expect(inputs > 0).toBe(command.registeredArguments.length > 0);
    for (const { long, mandatory } of command.options) if (mandatory) expect(given).toContain(long);
  },
);

test('both have two workers or more, and all commands', () => {
  const called = ours.map(({ args }) => args[0]);
  expect(called.toSorted()).toEqual(['status', 'status', 'tag', 'tag', 'work', 'work']);
  expect(compose.services.worker!.deploy!.replicas).toBe(2);
});

describe('workers', () => {
  test('have longer to end than the grace of their shards', () => {
    const { command, stop_grace_period } = compose.services.worker!;
    expect(Number.parseInt(stop_grace_period!, 10)).toBeGreaterThan(Number(valueBehind(command, '--grace')));
    const pod = pods.find(({ containers }) => containers[0]!.args[0] === 'work')!;
    const grace = Number(valueBehind(pod.containers[0]!.args, '--grace'));
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(grace);
  });

  test('are as many as a figure says that the status has', () => {
    const [trigger] = resources.find(({ kind }) => kind === 'ScaledObject')!.spec!.triggers!;
    const { url, valueLocation, format } = trigger!.metadata;
    const status = pods.flatMap(({ containers }) => containers).find(({ args }) => args[0] === 'status')!;
    expect([new URL(url!).port, format]).toEqual([valueBehind(status.args, '--metrics'), 'prometheus']);
    expect(valueBehind(status.args, '--listen'), 'KEDA asks from another machine').toBe('0.0.0.0');
    const source = readFileSync(join(folder, '../../packages/fleet/src/queue/status-metrics.ts'), 'utf8');
    expect(source).toContain(`# TYPE ${valueLocation} gauge`);
  });
});

test('queues keep their shards', () => {
  expect(queues).toHaveLength(2);
  for (const args of queues) {
    expect(valueBehind(args, '--appendonly')).toBe('yes');
    expect(valueBehind(args, '--maxmemory-policy')).toBe('noeviction');
  }
});

test('the image starts the file that the package has for the command', () => {
  const { bin } = JSON.parse(readFileSync(join(folder, '../../packages/cli/package.json'), 'utf8'));
  expect(read('Dockerfile')).toContain(`ENTRYPOINT ["node", "${join('/app', bin.audiozoo)}"]`);
});
