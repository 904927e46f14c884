import type { Trainable } from '../selection/selection.js';
import type { Recipe } from './recipe.js';
import { recipes } from './recipes.js';

/** What `fineTune` takes where no recipe is given: of several labels a clip, each is heard by itself. */
export function usualRecipe(
  trainable: Trainable,
  { clips }: { readonly clips: readonly { readonly labels: readonly number[] }[] },
): Recipe {
  const recipe =
    trainable === 'head' ? recipes.head : trainable.startsWith('lora') ? recipes.lora : recipes.fineTuning;
  if (clips.every(({ labels }) => labels.length === 1)) return recipe;
  return { ...recipe, loss: { kind: 'bce' }, selection: 'mAP' };
}
