// What the names of published files say that the files do not: `mn10_as_hop_15_mAP_463.pt`, `mn10_as_mels_64_mAP_461.pt`,
// `mn10_as_fc_s2221_mAP_466.pt`.

export interface NamedSizes {
  /** Samples at 32 kHz, of milliseconds. */
  readonly hopLength?: number;
  readonly melBins?: number;
  readonly strides?: readonly number[];
}

const samplesPerMillisecond = 32;

/** Undefined for names that are none of the authors' way: what those leave out is as usual. */
export function readPublishedName(fileName: string): NamedSizes | undefined {
  const name = fileName.split(/[\\/]/).at(-1)!.toLowerCase();
  if (!/(^|[^a-z])mn\d\d(_|\.|$)/.test(name)) return undefined;
  const hop = /_hop_?(\d{1,3})(?!\d)/.exec(name)?.[1];
  const mels = /_mels_?(\d{1,4})(?!\d)/.exec(name)?.[1];
  const strides = /_s([1-9]{4})(?!\d)/.exec(name)?.[1];
  return {
    ...(hop && { hopLength: Number(hop) * samplesPerMillisecond }),
    ...(mels && { melBins: Number(mels) }),
    ...(strides && { strides: [...strides].map(Number) }),
  };
}
