// SHA-256 (FIPS 180-4) of bytes that come in pieces. The platforms' own digest wants all bytes at once,
// which for a checkpoint would be hundreds of megabytes in memory.

export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Ends the message: 64 hexadecimal digits. */
  digest(): string;
}

const blockBytes = 64;
const roundConstants = fractionsOfRoots(64, 1 / 3);
const initialState = fractionsOfRoots(8, 1 / 2);

export function createSha256(): Sha256 {
  const state = new Int32Array(initialState);
  const schedule = new Int32Array(64);
  const pending = new Uint8Array(blockBytes);
  let pendingBytes = 0;
  let messageBytes = 0;

  function compress(bytes: Uint8Array, offset: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, blockBytes);
    for (let round = 0; round < 16; round++) schedule[round] = view.getInt32(4 * round);
    for (let round = 16; round < 64; round++) {
      const x = schedule[round - 15]!;
      const y = schedule[round - 2]!;
      const sigma0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const sigma1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      schedule[round] = (schedule[round - 16]! + sigma0 + schedule[round - 7]! + sigma1) | 0;
    }
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let round = 0; round < 64; round++) {
      const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const choice = (e & f) ^ (~e & g);
      const first = (h + sum1 + choice + roundConstants[round]! + schedule[round]!) | 0;
      const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + sum0 + majority) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  }

  function update(bytes: Uint8Array): void {
    messageBytes += bytes.length;
    let offset = 0;
    if (pendingBytes > 0) {
      offset = Math.min(blockBytes - pendingBytes, bytes.length);
      pending.set(bytes.subarray(0, offset), pendingBytes);
      pendingBytes += offset;
      if (pendingBytes < blockBytes) return;
      compress(pending, 0);
    }
    for (; offset + blockBytes <= bytes.length; offset += blockBytes) compress(bytes, offset);
    pending.set(bytes.subarray(offset));
    pendingBytes = bytes.length - offset;
  }

  return {
    update,
    digest() {
      // A one bit, zeros, and the message's length in bits fill the last block.
      const zeros = (2 * blockBytes - 9 - (messageBytes % blockBytes)) % blockBytes;
      const end = new Uint8Array(1 + zeros + 8);
      end[0] = 0x80;
      new DataView(end.buffer).setBigUint64(1 + zeros, BigInt(messageBytes) * 8n);
      update(end);
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    },
  };
}

/** The first 32 bits of the fractional parts of the first primes' square or cube roots. */
function fractionsOfRoots(count: number, power: number): Int32Array {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return Int32Array.from(primes, (prime) => ((prime ** power % 1) * 2 ** 32) | 0);
}
