// CED-tiny, mn10 and CLAP against PyTorch: ten seconds from sound to labels (CLAP: to an embedding), two threads, in turns;
// CLAP against transformers.js too, on a graph that PyTorch exports of the same weights.
//
//   npm run build && npx tsx bench/zoo.ts --python PATH [--rounds N] [--models LIST] [--json FILE]
//
// The weights are random, made by peers/zoo.py once under the authors' names and converted by the command.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clip } from './clip.js';
import { readOptions, stop, wholeNumber } from './command-line.js';
import { Contestant, type Setting } from './contestant.js';
import { machine, watchLoad } from './machine.js';
import { astBase } from './make-ast-base.js';
import { inTurns, median, ratio } from './measurements.js';
import { installPeers } from './prepare.js';
import { productGraph, productOperations } from './product-graph.js';
import { table } from './table.js';
import { call, peers, zooModel } from './zoo-models.js';

const usage =
  'Usage: npx tsx bench/zoo.ts --python PATH [--rounds N] [--models ced-tiny,mn10,clap] [--json FILE]';
const flags = readOptions(usage, {
  python: { type: 'string', default: 'python3' },
  rounds: { type: 'string', default: '7' },
  models: { type: 'string', default: 'ced-tiny,mn10,clap' },
  json: { type: 'string' },
});
const rounds = wholeNumber('rounds', flags.rounds, usage);

const rates: Readonly<Record<string, number>> = { 'ced-tiny': 16000, mn10: 32000, clap: 48000 };
const threads = 2;
const featuresPerRound = 5;
/** Both compute in float32, with other kernels. */
const tolerance = 2e-3;

/** transformers.js with its graph, where it has the model. */
async function otherPeer(name: string, setting: Setting): Promise<Contestant | undefined> {
  if (name !== 'clap') return undefined;
  installPeers();
  const { directory } = setting;
  if (!existsSync(join(directory!, 'onnx/audio_model.onnx')))
    call(flags.python, ['-W', 'ignore', join(peers, 'export-clap.py'), directory!]);
  const contestant = new Contestant('peers/transformers-js-clap.mjs');
  await contestant.load(setting);
  return contestant;
}

const loadSoFar = watchLoad();
const peak = new Contestant('peak.mjs');
await peak.load({ graph: productGraph(false), threads });
const ast = new Contestant('audiozoo.mjs');
await ast.load({ directory: await astBase(), samples: clip(10), threads });

const rows = [];
for (const name of flags.models.split(',')) {
  const rate = rates[name] ?? stop(`There is no ${name}: ${Object.keys(rates).join(', ')}.\n${usage}`);
  const { theirs, ours } = await zooModel(name, flags.python);
  const samples = clip(10, rate);
  const own = new Contestant('audiozoo.mjs');
  const peer = new Contestant('peers/pytorch.mjs');
  await own.load({ directory: ours, samples, threads });
  await peer.load({ directory: theirs, samples, threads, peer: name, python: flags.python });

  const graph = await otherPeer(name, { directory: theirs, samples, threads });

  const mine = (await own.run('logits')).value!;
  const distance = async (who: Contestant, library: string) => {
    const other = (await who.run('logits')).value!;
    const difference = Math.max(...mine.map((value, index) => Math.abs(value - other[index]!)));
    if (difference <= tolerance) return difference;
    return stop(`${name}: ${library} computes something else, off by ${difference}.`);
  };
  const difference = await distance(peer, 'PyTorch');
  const graphDifference = graph && (await distance(graph, 'transformers.js'));

  const taking = [own, peer, ...(graph ? [graph] : [])];
  const whole = await inTurns([...taking, ast, peak], { rounds, warmUps: 2 }, async (each) => {
    return (await each.run(each === peak ? 'multiply' : 'classify')).milliseconds;
  });
  const [operations] = (await peer.run('operations')).value!;
  const features = await inTurns(taking, { rounds, warmUps: 2 }, async (each) => {
    return (await each.run('features', { repeat: featuresPerRound })).milliseconds;
  });
  const of = (series: typeof whole, who: Contestant) => series.get(who)!;
  const ownFeatures = median(of(features, own));
  const withoutFeatures = of(whole, own).map((milliseconds) => milliseconds - ownFeatures);
  rows.push({
    name,
    milliseconds: median(of(whole, own)),
    pytorch: median(of(whole, peer)),
    overPytorch: ratio(of(whole, own), of(whole, peer)),
    overAst: ratio(of(whole, own), of(whole, ast)),
    features: ownFeatures,
    pytorchFeatures: median(of(features, peer)),
    overPytorchFeatures: ratio(of(features, own), of(features, peer)),
    gigaOperations: operations! / 1e9,
    ofPeak: operations! / median(withoutFeatures) / (productOperations / Math.min(...of(whole, peak))),
    difference,
    transformersJs: graph && median(of(whole, graph)),
    overTransformersJs: graph && ratio(of(whole, own), of(whole, graph)),
    transformersJsFeatures: graph && median(of(features, graph)),
    transformersJsDifference: graphDifference,
  });
  for (const each of taking) each.stop();
}
ast.stop();
peak.stop();

const digits = (value: number | undefined) => value?.toPrecision(3) ?? '';
const head = [
  ...['', 'ms', 'PyTorch', 'ratio', 'over AST-base', 'features ms', 'PyTorch', 'ratio'],
  ...['Gop', 'of peak', 'logits differ by'],
];
console.log(`Ten seconds of sound, ${threads} threads, medians of ${rounds} interleaved rounds
${machine}, load average ${loadSoFar()}
`);
console.log(
  table([
    [...head, 'transformers.js', 'ratio', 'its features', 'differ by'],
    ...rows.map(({ name, ...figures }) => [name, ...Object.values(figures).map(digits)]),
  ]),
);
if (flags.json) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
