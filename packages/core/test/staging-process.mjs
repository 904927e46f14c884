// One of several processes that want the same staging folder, each many times: node … staging-process.mjs OUT TIMES SEED
// KILLS. Whoever has it writes its id to a file beside, which must not be there; KILLS per cent of them are killed then.
// Prints `owner` for each time that it had the folder, `two owners` when somebody else had it as well, and errors that
// do not say that the folder is taken. Plain JavaScript on the built packages: it begins in a quarter of the time.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AudiozooError } from '@audiozoo/core';
import { isRunning, openStaging } from '@audiozoo/core/disk';

const [out, times, seed, kills] = process.argv.slice(2);
const held = `${out}.held`;

let state = Number(seed);
/** A small generator (mulberry32): the same seed acts the same. */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

for (let time = 0; time < Number(times); time++) {
  try {
    const staging = await openStaging(out, random() < 0.5 ? 'a source' : 'another source');
    try {
      mkdirSync(held);
    } catch {
      const other = Number(readFileSync(join(held, 'pid'), 'utf8'));
      if (isRunning(other)) console.log('two owners');
    }
    writeFileSync(join(held, 'pid'), String(process.pid));
    writeFileSync(join(staging.parts, 'a.partial'), 'bytes');
    await sleep(3 * random());
    if (100 * random() < Number(kills)) process.kill(process.pid, 'SIGKILL');
    rmSync(held, { recursive: true });
    await staging.close({ keep: random() < 0.5 });
    console.log('owner');
  } catch (error) {
    const isTaken = AudiozooError.isInstance(error, 'file') && error.what.startsWith('another process');
    if (!isTaken) console.log(error);
  }
  await sleep(3 * random());
}
