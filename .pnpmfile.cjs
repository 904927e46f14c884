// Here, tests and types read each package's TypeScript (the condition `@audiozoo/source`). What is published holds no sources, so it
// must not point to them.

module.exports = {
  hooks: {
    beforePacking: (manifest) => ({ ...manifest, exports: withoutSources(manifest.exports) }),
  },
};

function withoutSources(exports) {
  if (typeof exports !== 'object' || exports === null) return exports;
  return Object.fromEntries(
    Object.entries(exports)
      .filter(([condition]) => condition !== '@audiozoo/source')
      .map(([key, value]) => [key, withoutSources(value)]),
  );
}
