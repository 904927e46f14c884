// State dicts of timm's vision transformer, which DeiT and the official AST are: names, sizes, and which of our
// parameters each tensor holds. In the official AST everything of it stands under `v.`.

import type { Parameter, Shape, TensorInfos, TensorSource } from '@audiozoo/core';
import { checkWeights, parameter, sameShape } from '@audiozoo/core/plugin';
import type { AstConfig } from './config.js';
import { parameters } from './model.js';

/** Names without DataParallel's `module.` → names in the file. */
export type TimmNames = ReadonlyMap<string, string>;

export function timmNames(tensors: TensorInfos): TimmNames {
  return new Map([...tensors.keys()].map((name) => [name.replace(/^(module\.)+/, ''), name]));
}

/** Sizes that a transformer's shapes show; 0 where a tensor is not there or of another rank. */
export interface TimmSizes {
  readonly embedDim: number;
  readonly depth: number;
  readonly mlpDim: number;
  readonly patchSize: number;
  readonly tokens: number;
}

/** `prefix` is `v.` in official ASTs, nothing in DeiT. */
export function readTimmSizes(names: TimmNames, tensors: TensorInfos, prefix: string): TimmSizes {
  const size = sizeReader(names, tensors);
  const blocks = [...names.keys()].flatMap((name) => {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return /^blocks\.(\d{1,4})\./.exec(rest)?.[1] ?? [];
  });
  return {
    embedDim: size(`${prefix}cls_token`, 3, 2) || size(`${prefix}pos_embed`, 3, 2),
    depth: blocks.reduce((most, block) => Math.max(most, Number(block)), 0) + 1,
    mlpDim: size(`${prefix}blocks.0.mlp.fc1.weight`, 2, 0),
    patchSize: size(`${prefix}patch_embed.proj.weight`, 4, 3),
    tokens: size(`${prefix}pos_embed`, 3, 1),
  };
}

/** A size of a tensor by its name; 0 when it is not there or of another rank: reported later, with the rest. */
export function sizeReader(names: TimmNames, tensors: TensorInfos) {
  return (name: string, rank: number, axis: number): number => {
    const shape = tensors.get(names.get(name) ?? '')?.shape;
    return shape?.length === rank ? shape[axis]! : 0;
  };
}

/** A tensor of timm's and the parameter that it, or some of its rows, becomes. */
export interface TimmSource {
  readonly from: string;
  readonly shape: Shape;
  readonly to: Parameter;
  readonly rows?: TensorSource['rows'];
}

/** All of the transformer but position embeddings and the patches' weight, which hang on the input. */
export function timmSources(config: AstConfig, prefix: string): readonly TimmSource[] {
  const sources: TimmSource[] = [];
  const whole = (name: string, to: Parameter) =>
    sources.push({ from: `${prefix}${name}`, shape: to.shape, to });
  const ours = parameters(config);

  whole('cls_token', ours.classToken);
  whole('dist_token', ours.distillationToken);
  whole('patch_embed.proj.bias', ours.patchProjection.bias);
  ours.blocks.forEach((block, index) => {
    const name = `blocks.${index}`;
    whole(`${name}.norm1.weight`, block.norm1.scale);
    whole(`${name}.norm1.bias`, block.norm1.shift);
    // timm stacks query, key and value on the first axis of one matrix.
    [block.query, block.key, block.value].forEach(({ weight, bias }, third) => {
      const rows = { start: third * config.embedDim, end: (third + 1) * config.embedDim };
      const stacked = 3 * config.embedDim;
      const from = `${prefix}${name}.attn.qkv`;
      sources.push({ from: `${from}.weight`, shape: [stacked, config.embedDim], to: weight, rows });
      sources.push({ from: `${from}.bias`, shape: [stacked], to: bias!, rows });
    });
    whole(`${name}.attn.proj.weight`, block.projection.weight);
    whole(`${name}.attn.proj.bias`, block.projection.bias!);
    whole(`${name}.norm2.weight`, block.norm2.scale);
    whole(`${name}.norm2.bias`, block.norm2.shift);
    whole(`${name}.mlp.fc1.weight`, block.mlp1.weight);
    whole(`${name}.mlp.fc1.bias`, block.mlp1.bias!);
    whole(`${name}.mlp.fc2.weight`, block.mlp2.weight);
    whole(`${name}.mlp.fc2.bias`, block.mlp2.bias!);
  });
  whole('norm.weight', ours.norm.scale);
  whole('norm.bias', ours.norm.shift);
  return sources;
}

/** The sources by their names in the file, as a plan has them. */
export function sourcesInFile(sources: readonly TimmSource[], names: TimmNames): readonly TensorSource[] {
  return sources.map(({ from, to, rows }) => ({
    name: to.name,
    from: names.get(from)!,
    shape: to.shape,
    ...(rows && { rows }),
  }));
}

/**
 * Throws one `weights` error for all that is missing and misshapen. It names what else is there, since a missing
 * tensor may stand under another name; by itself that is passed over, as `isUnused` names are.
 */
export function checkSources(
  sources: readonly Pick<TimmSource, 'from' | 'shape'>[],
  names: TimmNames,
  tensors: TensorInfos,
  isUnused: (name: string) => boolean,
): void {
  const expected = new Map(sources.map(({ from, shape }) => [from, parameter(from, shape)]));
  const found = [...names].filter(([name]) => !isUnused(name));
  const fits = ({ from, shape }: Pick<TimmSource, 'from' | 'shape'>) =>
    sameShape(tensors.get(names.get(from) ?? '')?.shape ?? [], shape);
  if (sources.every(fits)) return;
  checkWeights([...expected.values()], new Map(found.map(([name, inFile]) => [name, tensors.get(inFile)!])));
}
