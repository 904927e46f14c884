// adapter_config.json of PEFT: what of it says how a LoRA adapter is merged. What would merge otherwise is refused by
// name, and so is what nobody here knows.

import type { Json, JsonObject } from '@audiozoo/core';
import { createBudget, preview, refusing } from '@audiozoo/core/plugin';
import { quote } from '../refusal.js';

export interface LoraConfig {
  /** Of the model that it was trained on, as PEFT was told it. */
  readonly base: string | undefined;
  /** What the product of a module's two matrices, of this rank, is multiplied by. */
  scale(module: string, rank: number): number;
}

/** Of matching patterns, a second at most. */
const mostSteps = 500_000_000;

export const adapterConfigName = 'adapter_config.json';

/** Keys that say how it was trained and stored, or where: the matrices are the same. */
const harmless = new Set([
  ...['auto_mapping', 'base_model_name_or_path', 'revision', 'peft_type', 'peft_version', 'task_type'],
  ...['target_modules', 'exclude_modules', 'layers_pattern', 'layers_to_transform', 'modules_to_save'],
  ...['bias', 'lora_bias', 'lora_dropout', 'inference_mode', 'ensure_weight_tying', 'runtime_config'],
  ...['r', 'lora_alpha', 'rank_pattern', 'alpha_pattern', 'use_rslora', 'init_lora_weights'],
  // Of other initializations than those below; of layers that keep their weights transposed, which linears do not.
  ...['loftq_config', 'eva_config', 'qalora_group_size', 'megatron_core', 'fan_in_fan_out'],
]);

/** Ways to begin that leave the base's weights as they are. */
const harmlessBeginnings: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  'gaussian',
  'eva',
  'orthogonal',
];

const refuse = refusing('model', 'the adapter', {
  hint: 'In Python, save model.merge_and_unload(), and convert that.',
});

export function readLoraConfig(config: JsonObject): LoraConfig {
  const type = config.peft_type;
  if (type !== 'LORA') {
    throw refuse('is of a kind that is not merged', { expected: 'peft_type "LORA"', got: preview(type) });
  }
  const unknown = Object.entries(config).find(([key, value]) => !harmless.has(key) && isSet(value));
  if (unknown) {
    throw refuse(`sets ${quote(unknown[0])}, which is not merged`, {
      expected: 'plain LoRA',
      got: preview(unknown[1]),
    });
  }
  if (!harmlessBeginnings.includes(config.init_lora_weights)) {
    const got = preview(config.init_lora_weights);
    throw refuse("began by changing the base's weights, which is not merged", {
      expected: 'init_lora_weights true',
      got,
    });
  }
  const alpha = numberOf('lora_alpha', config.lora_alpha ?? 8);
  const patterns = readPatterns(config.alpha_pattern ?? {});
  const base = config.base_model_name_or_path;
  return {
    base: typeof base === 'string' ? base : undefined,
    scale(module, rank) {
      const own = patterns.find(({ matches }) => matches(module))?.alpha ?? alpha;
      return own / (config.use_rslora === true ? Math.sqrt(rank) : rank);
    },
  };
}

/** Absent, off or empty. */
function isSet(value: Json | undefined): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false;
}

interface Pattern {
  readonly alpha: number;
  matches(module: string): boolean;
}

/** Keys are the ends of modules' names, or regular expressions that such an end fits. */
function readPatterns(patterns: Json): readonly Pattern[] {
  if (typeof patterns !== 'object' || patterns === null || Array.isArray(patterns)) {
    throw refuse('has an alpha_pattern that does not fit', {
      expected: 'a record of names to numbers',
      got: preview(patterns),
    });
  }
  const budget = createBudget({ name: 'the adapter', code: 'model', operations: mostSteps });
  return Object.entries(patterns).map(([key, value]) => {
    const { expression, repetitions } = expressionOf(key);
    return {
      alpha: numberOf('alpha_pattern', value),
      matches(module) {
        budget.spend(module.length ** (repetitions + 1)); // each may begin and end anywhere
        return expression.test(module);
      },
    };
  });
}

/** As PEFT matches them; what could take for ever on a name is refused. */
function expressionOf(key: string): { readonly expression: RegExp; readonly repetitions: number } {
  const isPlain = key.length <= 200 && !/\)[*+?{]|\(\?|\\[1-9k]/.test(key);
  const repetitions = key.match(/[*+?{]/g)?.length ?? 0;
  try {
    if (isPlain && repetitions <= 4) {
      return { expression: new RegExp(`^(?:.*\\.)?(?:${key})$`), repetitions };
    }
  } catch {
    // no expression: refused below
  }
  throw refuse('has an alpha_pattern that is not understood', {
    expected: "the end of a module's name",
    got: quote(key),
  });
}

function numberOf(key: string, value: Json | undefined): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw refuse(`has a ${key} that does not fit`, { expected: 'a number', got: preview(value) });
}
