// Runs programs: operation after operation, all threads at the same one. AssemblyScript; compile.ts makes
// src/wasm/kernel-binary.ts of it. What the numbers in a program mean is in src/wasm/layout.ts.

import * as attentions from './attention';
import * as convolutions from './convolution';
import { copy } from './copy';
import { gather, take } from './gather';
import * as code from './layout';
import * as linears from './linear';
import { matmul } from './matmul';
import { combine, transform } from './pointwise';
import { layerNorm, reduce, softmax } from './reductions';
import { announceProgram, awaitProgram, waitForAll } from './teamwork';

// Addresses of what the first thread tells the others.
/** The program's address. */
const programAddress: usize = 320;
/** The address of the first thread's scratch memory, and its size in bytes. */
const scratchAddress: usize = 324;
const scratchSizeAddress: usize = 328;

export { packFloatWeight, packIntegerWeight } from './linear';

/** Runs a program with all threads; this is the first of them. Returns when it is done. */
export function start(program: usize, scratch: usize, scratchSize: i32, threads: i32): void {
  store<usize>(programAddress, program);
  store<usize>(scratchAddress, scratch);
  store<i32>(scratchSizeAddress, scratchSize);
  announceProgram();
  run(0, threads);
}

/** What every other thread does: its share of each program, for ever. */
export function serve(thread: i32, threads: i32): void {
  for (let generation = 0; ; generation++) {
    awaitProgram(generation);
    run(thread, threads);
  }
}

function run(thread: i32, threads: i32): void {
  const scratch = load<usize>(scratchAddress) + <usize>thread * load<usize>(scratchSizeAddress);
  let record = load<usize>(programAddress);
  let isLast = load<i32>(record) === code.end;
  while (!isLast) {
    // After the last barrier the first thread returns, and what lies here may become another program.
    const next = record + ((<usize>load<i32>(record, 4)) << 2);
    isLast = load<i32>(next) === code.end;
    perform(load<i32>(record), record + 8, scratch, threads);
    waitForAll(threads);
    record = next;
  }
}

/** An operation, whose arguments begin at `at`. */
function perform(operation: i32, at: usize, scratch: usize, threads: i32): void {
  switch (operation) {
    case code.linear:
      linears.linear(
        u(at, 0),
        u(at, 1),
        u(at, 2),
        u(at, 3),
        i(at, 4),
        i(at, 5),
        i(at, 6),
        i(at, 7),
        scratch,
        threads,
      );
      break;
    case code.integerLinear:
      linears.integerLinear(
        u(at, 0),
        u(at, 1),
        u(at, 2),
        u(at, 3),
        u(at, 4),
        u(at, 5),
        i(at, 6),
        i(at, 7),
        i(at, 8),
        i(at, 9),
        scratch,
        threads,
      );
      break;
    case code.layerNorm:
      layerNorm(u(at, 0), u(at, 1), u(at, 2), u(at, 3), i(at, 4), i(at, 5), f(at, 6));
      break;
    case code.packKeysAndValues:
      attentions.packKeysAndValues(u(at, 0), u(at, 1), u(at, 2), i(at, 3), i(at, 4), i(at, 5), i(at, 6));
      break;
    case code.attention:
      attentions.attention(
        u(at, 0),
        u(at, 1),
        u(at, 2),
        i(at, 3),
        i(at, 4),
        i(at, 5),
        i(at, 6),
        i(at, 7),
        u(at, 8),
        i(at, 9),
        i(at, 10),
        i(at, 11),
        i(at, 12),
        i(at, 13),
        scratch,
      );
      break;
    case code.gelu:
    case code.log:
    case code.relu:
    case code.sigmoid:
    case code.tanh:
    case code.hardswish:
      transform(operation, u(at, 0), u(at, 1), i(at, 2), 0, 0);
      break;
    case code.scale:
      transform(operation, u(at, 0), u(at, 1), i(at, 2), f(at, 3), 0);
      break;
    case code.clamp:
      transform(operation, u(at, 0), u(at, 1), i(at, 2), f(at, 3), f(at, 4));
      break;
    case code.add:
    case code.multiply:
    case code.remainder:
      combine(operation, u(at, 0), u(at, 1), u(at, 2), i(at, 3), i(at, 4), i(at, 5));
      break;
    case code.softmax:
      softmax(u(at, 0), u(at, 1), i(at, 2), i(at, 3));
      break;
    case code.mean:
    case code.max:
      reduce(operation, u(at, 0), u(at, 1), i(at, 2), i(at, 3), i(at, 4));
      break;
    case code.matmul:
      matmul(u(at, 0), u(at, 1), u(at, 2), i(at, 3), i(at, 4), i(at, 5), i(at, 6));
      break;
    case code.copy:
      copy(u(at, 0), u(at, 1), at + 8);
      break;
    case code.gather:
      gather(u(at, 0), u(at, 1), u(at, 2), i(at, 3), i(at, 4));
      break;
    case code.take:
      take(u(at, 0), u(at, 1), u(at, 2), i(at, 3), i(at, 4), i(at, 5));
      break;
    case code.unfold:
      convolutions.unfold(
        u(at, 0),
        u(at, 1),
        i(at, 2),
        i(at, 3),
        i(at, 4),
        i(at, 5),
        i(at, 6),
        i(at, 7),
        i(at, 8),
        i(at, 9),
        i(at, 10),
        i(at, 11),
        i(at, 12),
        i(at, 13),
      );
      break;
    case code.depthwise:
      convolutions.depthwise(
        u(at, 0),
        u(at, 1),
        u(at, 2),
        u(at, 3),
        i(at, 4),
        i(at, 5),
        i(at, 6),
        i(at, 7),
        i(at, 8),
        i(at, 9),
        i(at, 10),
        i(at, 11),
        i(at, 12),
        i(at, 13),
        i(at, 14),
        i(at, 15),
        i(at, 16),
      );
      break;
    default:
      unreachable();
  }
}

/** An address. */
function u(at: usize, index: i32): usize {
  return load<usize>(at + ((<usize>index) << 2));
}

/** A whole number. */
function i(at: usize, index: i32): i32 {
  return load<i32>(at + ((<usize>index) << 2));
}

/** A float. */
function f(at: usize, index: i32): f32 {
  return load<f32>(at + ((<usize>index) << 2));
}
