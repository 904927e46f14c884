// A codec whose sound lies in packets, as containers hand them out.

export interface PacketCodec {
  readonly name: string;
  /** What containers call it. */
  readonly matroskaName: string;
  readonly mpeg4Name: string;
  /** Absent when Ogg does not hold it. */
  readonly ogg?: OggMapping;
  /** Whether there are no headers, and the first packet is to be looked at in their place. */
  readonly headless?: boolean;
  /** Whether no sound comes of the first packet, as each needs the one before it. */
  readonly primes?: boolean;
  /** What its headers say. Undefined when it is of a kind that is not decoded here, or the headers are damaged. */
  format(headers: readonly Uint8Array[]): PacketFormat | undefined;
}

export interface OggMapping {
  /** Whether a stream that begins with this packet is of this codec. */
  begins(packet: Uint8Array): boolean;
  /** Whether the packet of this number, from 0, is a header. */
  isHeader(packet: Uint8Array, index: number): boolean;
  /** Whether a first page that ends before its sound does means that the beginning was cut off. */
  readonly trimsStart?: boolean;
}

export interface PacketFormat {
  readonly sampleRate: number;
  readonly channels: number;
  /** Frames at the beginning that are not sound: they fill the decoder. */
  readonly delay: number;
  /** Loads the decoder. `headers` are all of them, where `format` may have seen the first alone. */
  createDecoder(headers: readonly Uint8Array[]): Promise<PacketDecoder>;
}

export interface PacketDecoder {
  /** Samples of all channels in turn. Undefined when the packet is damaged. */
  decode(packet: Uint8Array): Float32Array | undefined;
  /** Frames that a packet stands for, where that can be seen from outside: 0 when it cannot. */
  framesIn(packet: Uint8Array): number;
  free(): void;
}
