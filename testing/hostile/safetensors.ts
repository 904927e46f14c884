// Safetensors headers of the same kind.

import type { HostileFile } from './checkpoints.js';

const megabytes = 1_000_000;

function file(header: string, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (start: number) => `{"dtype":"U8","shape":[1],"data_offsets":[${start},${start + 1}]}`;

function members(bytes: number, make: (index: number) => string): string {
  const list: string[] = [];
  for (let length = 0; length < bytes; length += list.at(-1)!.length + 1) list.push(make(list.length));
  return `{${list.join(',')}}`;
}

const tensors = (count: number) =>
  file(
    `{${Array.from({ length: count }, (_, index) => `"model.layers.${index}.mlp.experts.down_proj.weight":${entry(index)}`).join(',')}}`,
    count,
  );

export const hostileSafetensors: readonly HostileFile[] = [
  { name: '100,000 tensors', make: () => tensors(100_000) },
  {
    name: 'a header of 86 MB',
    make: () => file(`{${' '.repeat(86 * megabytes)}}`),
    refusal: /too much (work|memory)/,
  },
  {
    name: 'a header of 19 MB of unlike keys',
    make: () => file(members(19 * megabytes, (index) => `"${index.toString(36)}":${'{}'}`)),
    refusal: /work|dtype/,
  },
  {
    name: 'metadata of 15 MB',
    make: () => file(`{"__metadata__":${members(15 * megabytes, (index) => `"${index.toString(36)}":""`)}}`),
    refusal: /too much work/,
  },
  { name: 'lists in lists', make: () => file(`{"a":${'['.repeat(15 * megabytes)}`), refusal: /too deep/ },
  {
    name: 'a shape of five million axes',
    make: () => file(`{"a":{"dtype":"U8","shape":[${'0,'.repeat(5 * megabytes)}0],"data_offsets":[0,0]}}`),
    refusal: /too long|too much work/,
  },
  {
    name: 'a name of 15 MB',
    make: () => file(`{"${'n'.repeat(15 * megabytes)}":0}`),
    refusal: /a name that begins/,
  },
  {
    name: 'keys of 20,000 characters each',
    make: () =>
      file(members(15 * megabytes, (index) => `"${'n'.repeat(20_000)}${String(index).padStart(6, '0')}":0`)),
    refusal: /a name that begins/,
  },
  {
    name: 'objects of 20,000-character keys in an entry',
    make: () =>
      file(
        `{"a":${members(15 * megabytes, (index) => `"${'n'.repeat(20_000)}${String(index).padStart(6, '0')}":0`)}}`,
      ),
    refusal: /a name that begins/,
  },
  { name: 'nothing but spaces', make: () => file(`{${' '.repeat(19 * megabytes)}}`) },
  {
    name: 'nothing but backslashes',
    make: () => file(`{"${'\\\\'.repeat(9 * megabytes)}":0}`),
    refusal: /a name that begins/,
  },
];
