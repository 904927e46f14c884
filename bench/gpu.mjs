// Clips a second on a GPU, by batch, against PyTorch on the same GPU: from features in Node's memory to logits
// there. Plain JavaScript for plain Node, since machines with GPUs seldom have npm: it needs the built packages
// (`npm run build`) and a model directory.
//
//   node bench/gpu.mjs [--device cuda:0] [--precision float16] [--batches 1,8,32,128] [--python python3]

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { openModelDirectory, tensor } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';

const usage = `Usage: node bench/gpu.mjs [options]
  --device NAME     cuda, cuda:1, webgpu or cpu (cuda)
  --precision TYPE  float16 or float32 (float16)
  --batches LIST    (1,8,32,128)
  --seconds N       that each batch is measured for, and PyTorch as long (5)
  --model DIRECTORY (bench/.cache/ast-base, which \`npm run bench\` and bench/make-ast-base.ts make)
  --python PATH     a Python with PyTorch, for the comparison; without it, audiozoo alone is measured
  --peer TYPE       what PyTorch computes in: bfloat16, float16 or float32 (bfloat16)
  --eager           PyTorch without torch.compile
  --json FILE       every figure, for machines`;

const { values: options } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    precision: { type: 'string', default: 'float16' },
    batches: { type: 'string', default: '1,8,32,128' },
    seconds: { type: 'string', default: '5' },
    model: { type: 'string', default: join(import.meta.dirname, '.cache/ast-base') },
    python: { type: 'string' },
    peer: { type: 'string', default: 'bfloat16' },
    eager: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const batches = options.batches.split(',').map(Number);
const seconds = Number(options.seconds);
if (!batches.every((batch) => Number.isInteger(batch) && batch > 0) || !(seconds > 0)) throw new Error(usage);
if (!existsSync(join(options.model, 'config.json'))) {
  throw new Error(
    `There is no model in ${options.model}: \`npx tsx bench/make-ast-base.ts ${options.model}\`.`,
  );
}

const warmUps = 3;
const fewestRuns = 3;

const ours = await measure();
const theirs = options.python ? measurePeer(options.python) : undefined;
report();

async function measure() {
  const {
    config: json,
    preprocessorConfig,
    weights,
  } = await openModelDirectory(await openFiles(options.model));
  const config = ast.readConfig(json, preprocessorConfig);
  const backend = onnxruntimeNode({ device: options.device, precision: options.precision });
  const start = performance.now();
  const model = await backend.load(ast, weights, { config, outputs: ['logits'] });
  await weights.close();
  const loadMilliseconds = performance.now() - start;
  const rows = [];
  for (const batch of batches) {
    const [[name, { shape }]] = Object.entries(ast.inputs(config));
    const features = new Float32Array(batch * shape.reduce((product, size) => product * size, 1));
    const inputs = {
      [name]: tensor(
        'float32',
        [batch, ...shape],
        features.map((_, index) => (index % 7) - 3),
      ),
    };
    const run = async () => {
      const start = performance.now();
      await model.run(inputs);
      return performance.now() - start;
    };
    for (let count = 0; count < warmUps; count++) await run();
    const milliseconds = [];
    const end = performance.now() + 1000 * seconds;
    while (milliseconds.length < fewestRuns || performance.now() < end) milliseconds.push(await run());
    rows.push({ batch, milliseconds });
  }
  await model.dispose();
  return { device: model.device, loadMilliseconds, rows };
}

/** The same measurement by peers/torch-ast.py, which prints what this reads. */
function measurePeer(python) {
  const { stdout, status } = spawnSync(
    python,
    [
      join(import.meta.dirname, 'peers/torch-ast.py'),
      ...['--model', options.model, '--device', options.device.startsWith('cuda') ? options.device : 'cpu'],
      ...['--batches', options.batches, '--seconds', options.seconds, '--dtype', options.peer],
      ...(options.eager ? ['--eager'] : []),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) throw new Error('PyTorch did not run; see above.');
  return JSON.parse(stdout);
}

function report() {
  const perSecond = (row, key = 'milliseconds') => row && (1000 * row.batch) / median(row[key]);
  const table = ours.rows.map((row, index) => {
    const peer = theirs?.rows[index];
    return {
      batch: row.batch,
      'audiozoo, clips/s': round(perSecond(row)),
      ...(peer && {
        'PyTorch, clips/s': round(perSecond(peer)),
        'PyTorch without copies': round(perSecond(peer, 'computing')),
        ratio: `${(perSecond(row) / perSecond(peer)).toFixed(2)}×`,
      }),
    };
  });
  console.log(`audiozoo: ${ours.device}, ${options.precision}, loaded in ${round(ours.loadMilliseconds)} ms`);
  if (theirs) console.log(`PyTorch:  ${theirs.device}`);
  console.table(table);
  if (theirs) {
    const best = (rows) => Math.max(...rows.map((row) => perSecond(row)));
    const share = best(ours.rows) / best(theirs.rows);
    console.log(`At the best batch of each: ${share.toFixed(2)}× PyTorch.`);
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ ours, theirs }, null, 2)}\n`);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function round(value) {
  return Number(value.toPrecision(3));
}
