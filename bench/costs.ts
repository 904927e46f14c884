// What the models of the zoo take for ten seconds from sound to answers in Node, two threads, beside AST-base: the column
// of docs/which-model.md. Random weights, made once under bench/.cache/zoo.
//
//   npm run build && npx tsx bench/costs.ts [--rounds N] [--models LIST]

import { ced } from '@audiozoo/ced';
import { clap } from '@audiozoo/clap';
import { efficientat } from '@audiozoo/efficientat';
import { clip } from './clip.js';
import { readOptions, wholeNumber } from './command-line.js';
import { Contestant } from './contestant.js';
import { machine, watchLoad } from './machine.js';
import { astBase } from './make-ast-base.js';
import { inTurns, median, ratio } from './measurements.js';
import { digits, table } from './table.js';
import { frameConfig, mnConfig, randomModel } from './zoo-models.js';

const usage = 'Usage: npx tsx bench/costs.ts [--rounds N] [--models LIST]';
const flags = readOptions(usage, { rounds: { type: 'string', default: '9' }, models: { type: 'string' } });
const rounds = wholeNumber('rounds', flags.rounds, usage);
const threads = 2;

const cedOf = (name: string) => [name, ced, { model_type: 'ced', name }, 16000] as const;
const mnOf = (name: string, width: number) => [name, efficientat, mnConfig(width), 32000] as const;
const frameOf = (name: string, width: number) => [name, efficientat, frameConfig(width), 16000] as const;
const models = [
  ...['ced-tiny', 'ced-mini', 'ced-small', 'ced-base'].map(cedOf),
  ...[mnOf('mn04', 0.4), mnOf('mn10-random', 1), mnOf('mn20', 2), mnOf('mn40', 4)],
  ...[frameOf('frame-mn06', 0.6), frameOf('frame-mn10', 1)],
  ['clap-audio', clap, { model_type: 'clap' }, 48000] as const,
];

const loadSoFar = watchLoad();
const ast = new Contestant('audiozoo.mjs');
await ast.load({ directory: await astBase(), samples: clip(10), threads });
const chosen = flags.models?.split(',') ?? models.map(([name]) => name);
const rows: string[][] = [];
let astBest = Number.POSITIVE_INFINITY;
for (const [name, model, config, rate] of models.filter(([name]) => chosen.includes(name))) {
  const isClap = model.type === clap.type; // whose files never leave it open
  const directory = await randomModel(name, model, config, isClap ? { truncation: 'rand_trunc' } : {});
  const own = new Contestant('audiozoo.mjs');
  await own.load({ directory, samples: clip(10, rate), threads });
  const times = await inTurns([own, ast], { rounds, warmUps: 2 }, async (each) => {
    return (await each.run('classify')).milliseconds;
  });
  const [its, astTimes] = [times.get(own)!, times.get(ast)!];
  astBest = Math.min(astBest, ...astTimes);
  own.stop();
  const best = Math.min(...its);
  rows.push([name, digits(median(its)), digits(best), digits(ratio(its, astTimes))]);
}
ast.stop();

console.log(`Ten seconds of sound, ${threads} threads, ${rounds} interleaved rounds (ms)
${machine}, load average ${loadSoFar()}; AST-base at best ${digits(astBest)}
`);
console.log(table([['', 'median', 'best', 'over AST-base'], ...rows]));
