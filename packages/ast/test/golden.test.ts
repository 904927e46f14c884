// Official checkpoints, from the .pth through conversion to the session.

import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { logitTolerance } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './largest-difference.js';
import { cases, golden, inputOf, withConverted } from './official-cases.js';

describe.each(cases)('$name', (example) => {
  test.each(['float32', 'float16'] as const)(
    'has the official code’s logits and embedding in %s',
    async (precision) => {
      const input_values = await inputOf(example);
      const { logits, embedding } = await withConverted(
        example,
        async ({ config, preprocessorConfig, weights }) => {
          const loaded = await onnxruntimeNode({ device: 'cpu', precision }).load(ast, weights, {
            config: ast.readConfig(config, preprocessorConfig),
          });
          return loaded.run({ input_values }).finally(() => loaded.dispose());
        },
      );
      const tolerance = logitTolerance[precision];
      expect(largestDifference(logits!, await golden(`ast/${example.logits}`))).toBeLessThan(tolerance);
      expect(largestDifference(embedding!, await golden(`ast/${example.embedding}`))).toBeLessThan(tolerance);
    },
  );
});
