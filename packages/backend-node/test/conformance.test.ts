import { onnxruntimeNode } from '@audiozoo/backend-node';
import { describeBackend, describeTraining } from '@audiozoo/core/testing';
import { describe, test } from 'vitest';

const devices = [
  { workers: 1, title: 'cpu', trains: true },
  { workers: 2, title: 'cpu, in two threads', trains: false },
  { workers: 0, title: "cpu, in the caller's thread", trains: true },
] as const;

for (const { workers, title, trains } of devices) {
  describe(`onnxruntime-node on ${title}`, () => {
    describeBackend({ describe, test }, () => onnxruntimeNode({ device: 'cpu', workers }));
    if (trains) describeTraining({ describe, test }, () => onnxruntimeNode({ device: 'cpu', workers }));
  });
}
