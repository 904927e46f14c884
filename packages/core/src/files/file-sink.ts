/** A file while it is written, on a disk or anywhere: bytes one after another. */
export interface FileSink {
  /** Appends. The bytes are the sink's from here on. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
