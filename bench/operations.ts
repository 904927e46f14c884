// How much there is to compute in a model, counted from the shapes of its products: two operations, a
// multiplication and an addition, for each pair of numbers. Sums, norms and softmax come to less than 1 %.

import { ast } from '@audiozoo/ast';
import { openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { elementCount } from '@audiozoo/core/plugin';
import { shapeAt, traceModel } from '@audiozoo/onnx';

/**
 * Operations of one clip. `whole` counts every token through the last block, as other libraries compute it; audiozoo
 * leaves out those that nobody reads.
 */
export async function operations(
  directory: string,
): Promise<{ readonly ours: number; readonly whole: number }> {
  const { config: json, preprocessorConfig, weights } = await openModelDirectory(await openFiles(directory));
  const config = ast.readConfig(json, preprocessorConfig);
  const count = (outputs: readonly string[]) => {
    const { nodes } = traceModel(ast, weights, { config, outputs, operators: 'fused' });
    return nodes.reduce((sum, { operator, inputs, outputs }) => {
      const [first = [], second = []] = inputs.map(({ shape }) => shapeAt(shape, 'most')); // of one clip
      const results = elementCount(shapeAt(outputs[0]!.shape, 'most'));
      if (operator === 'Gemm' || operator === 'MatMul') return sum + 2 * results * first.at(-1)!;
      if (operator === 'MultiHeadAttention') return sum + 4 * results * second[1]!;
      return sum;
    }, 0);
  };
  const counted = { ours: count(['logits']), whole: count(['logits', 'tokens']) };
  await weights.close();
  return counted;
}
