// A checkpoint of AST-base as the official code saves one (353 MB): its names, its shapes, `module.` before them,
// the heads of ImageNet that nobody uses; the weights are random. Written piece by piece, so that who writes it
// does not hold it.

import { open } from 'node:fs/promises';
import { pickle, rowMajor, wholeRecord, zipPieces } from '../packages/converters/test/torch-archive.js';

const width = 768;
const depth = 12;
const tokens = 1214;
const classes = 527;

function officialShapes(): [string, number[]][] {
  const linear = (name: string, out: number, input: number): [string, number[]][] => [
    [`${name}.weight`, [out, input]],
    [`${name}.bias`, [out]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
  const blocks = Array.from({ length: depth }, (_, index) => `v.blocks.${index}`).flatMap((name) => [
    ...norm(`${name}.norm1`),
    ...linear(`${name}.attn.qkv`, 3 * width, width),
    ...linear(`${name}.attn.proj`, width, width),
    ...norm(`${name}.norm2`),
    ...linear(`${name}.mlp.fc1`, 4 * width, width),
    ...linear(`${name}.mlp.fc2`, width, 4 * width),
  ]);
  const all: [string, number[]][] = [
    ['v.cls_token', [1, 1, width]],
    ['v.pos_embed', [1, tokens, width]],
    ['v.dist_token', [1, 1, width]],
    ['v.patch_embed.proj.weight', [width, 1, 16, 16]],
    ['v.patch_embed.proj.bias', [width]],
    ...blocks,
    ...norm('v.norm'),
    ...linear('v.head', 1000, width),
    ...linear('v.head_dist', 1000, width),
    ...norm('mlp_head.0'),
    ...linear('mlp_head.1', classes, width),
  ];
  return all.map(([name, shape]) => [`module.${name}`, shape]);
}

/** Pseudo-random weights of [−0.1, 0.1), a piece at a time. */
function* randomFloats(count: number): Generator<Uint8Array> {
  let state = 1;
  for (let left = count; left > 0; ) {
    const piece = new Float32Array(Math.min(left, 1 << 18));
    for (let index = 0; index < piece.length; index++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      piece[index] = (state / 2 ** 32 - 0.5) / 5;
    }
    left -= piece.length;
    yield new Uint8Array(piece.buffer);
  }
}

/** Writes a new file and returns its size. */
export async function writeOfficialCheckpoint(path: string): Promise<number> {
  const tensors = officialShapes().map(([name, shape], index) => {
    const elements = shape.reduce((product, size) => product * size, 1);
    return { name, shape, elements, key: `${index}`, type: 'FloatStorage', strides: rowMajor(shape) };
  });
  const object = pickle.dict(tensors.map((tensor) => [tensor.name, pickle.tensor(tensor)]));
  const records = [
    wholeRecord('ast-base/data.pkl', Buffer.concat([pickle.start, object, pickle.stop])),
    ...tensors.map(({ key, elements }) => ({
      name: `ast-base/data/${key}`,
      size: 4 * elements,
      pieces: () => randomFloats(elements),
    })),
  ];
  const file = await open(path, 'wx');
  try {
    let size = 0;
    for (const piece of zipPieces(records)) {
      await file.writeFile(piece);
      size += piece.length;
    }
    return size;
  } finally {
    await file.close();
  }
}
