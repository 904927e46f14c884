// Model directories of the same kind: configs and indexes that ask for the impossible.

export interface HostileDirectory {
  readonly name: string;
  /** Files in place of those of a sound model, by name. */
  readonly files: () => Readonly<Record<string, string | Uint8Array>>;
  readonly refusal: RegExp;
}

/** Changes to the config of a sound model. */
type Config = Readonly<Record<string, unknown>>;

const megabytes = 1_000_000;
const shard = (index: number) => `model-${index}.safetensors`;

function index(weightMap: string): Record<string, string> {
  return { 'model.safetensors.index.json': `{"weight_map":${weightMap}}` };
}

function record(count: number, make: (index: number) => string): string {
  return `{${Array.from({ length: count }, (_, place) => make(place)).join(',')}}`;
}

/** Directories whose config.json is `config` with a few changes. */
export function hostileConfigs(config: Config): readonly HostileDirectory[] {
  const changed = (name: string, change: () => Config, refusal: RegExp): HostileDirectory => ({
    name,
    files: () => ({ 'config.json': JSON.stringify({ ...config, ...change() }) }),
    refusal,
  });
  const written = (name: string, json: () => string, refusal: RegExp): HostileDirectory => ({
    name,
    files: () => ({ 'config.json': json() }),
    refusal,
  });
  const begin = JSON.stringify(config).slice(0, -1);
  return [
    changed('a million layers', () => ({ num_hidden_layers: 1e6 }), /num_hidden_layers .* 1000/),
    changed('a thousand layers', () => ({ num_hidden_layers: 1000 }), /do not fit the model/),
    changed(
      'a million frames',
      () => ({ max_length: 1e6, time_stride: 1e6, frequency_stride: 1e6 }),
      /max_length .* 100000/,
    ),
    changed('a million classes', () => ({ id2label: undefined, num_labels: 1e6 }), /num_labels/),
    changed('labels that are one long text', () => ({ id2label: 'x'.repeat(3 * megabytes) }), /id2label/),
    changed('a size that is a long text', () => ({ hidden_size: 'x'.repeat(3 * megabytes) }), /hidden_size/),
    changed('a model type that is a long text', () => ({ model_type: 'x'.repeat(3 * megabytes) }), /model/),
    changed(
      'a problem type that is a list',
      () => ({ problem_type: new Array(1e5).fill(1) }),
      /problem_type/,
    ),
    written(
      'values in values',
      () => `${begin},"hidden_size":${'['.repeat(2e5)}${']'.repeat(2e5)}}`,
      /too deep/,
    ),
    written('objects in objects', () => '{"a":'.repeat(5e5), /too deep|not JSON/),
    written(
      '300,000 keys',
      () => `{${record(3e5, (key) => `"${key.toString(36)}":0`).slice(1)}`,
      /too much work/,
    ),
    written('a million lists', () => `{"a":[${'[],'.repeat(1e6)}0]}`, /too much work/),
    written(
      'quotation marks behind it',
      () => `${JSON.stringify(config)}${'"\\\\'.repeat(1.2e6)}`,
      /not JSON/,
    ),
    written('strings that are never closed', () => `{"a":NaN,${'"\\\\'.repeat(1.2e6)}`, /not JSON/),
    written('20 MB of config', () => `{"a":"${'x'.repeat(20 * megabytes)}"}`, /too large/),
    written(
      'keys of one length',
      () => `{${record(150, (key) => `"${'n'.repeat(20_000)}${String(key).padStart(6, '0')}":0`).slice(1)}`,
      /a name that begins/,
    ),
  ];
}

/** Directories whose weights an index lists. */
export const hostileIndexes: readonly HostileDirectory[] = [
  {
    name: 'thousands of shards',
    files: () => index(record(5000, (place) => `"${place}":"${shard(place)}"`)),
    refusal: /too many files: expected at most 500, got 5000/,
  },
  {
    name: 'an index of half a million tensors',
    files: () => index(record(5e5, (place) => `"layers.${place}":"${shard(0)}"`)),
    refusal: /too much (work|memory)/,
  },
  {
    name: 'file names of one length',
    files: () =>
      index(record(500, (place) => `"${place}":"${'n'.repeat(20_000)}${place + 1000}.safetensors"`)),
    refusal: /outside its folder/,
  },
  {
    name: 'a file name that is a nest of lists',
    files: () => index(`{"a":${'['.repeat(1e6)}`),
    refusal: /too deep/,
  },
  {
    name: 'a map that is a list',
    files: () => index(`[${'0,'.repeat(1e6)}0]`),
    refusal: /no weight_map/,
  },
  {
    name: 'a hundred thousand tensors in a file that is not there',
    files: () => index(record(1e5, (place) => `"layers.${place}":"${shard(0)}"`)),
    refusal: /model-0\.safetensors is not there/,
  },
];
