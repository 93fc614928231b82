/**
 * Pseudo-random bytes that can be had from any position: the same seed and position always give the same byte.
 *
 * One block of noise is made once; each block of a file is that noise turned by an amount that depends on seed and
 * block number, and stamped with both. So a read is little more than a copy, and no two blocks are alike.
 *
 * @module
 */

/** Bytes of a block: also a good size for a chunk of a stream. */
export const BLOCK_BYTES: number = 1 << 20;
const BLOCK_WORDS = BLOCK_BYTES / 4;
const STAMP_WORDS = 2;

let noise: Uint32Array<ArrayBuffer> | undefined;

/** Mixes a 32-bit number well enough that neighbours look unrelated (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Two blocks of the same noise in a row, so that a turned block is one copy. */
function noiseWords(): Uint32Array<ArrayBuffer> {
  if (noise !== undefined) return noise;
  const words = new Uint32Array(2 * BLOCK_WORDS);
  let state = 0x9e3779b9;
  for (let index = 0; index < BLOCK_WORDS; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  words.copyWithin(BLOCK_WORDS, 0, BLOCK_WORDS);
  noise = words;
  return words;
}

/** A seed from a text. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return mix(hash);
}

function stampOf(seed: number, block: number): Uint8Array {
  return new Uint8Array(new Uint32Array([mix(seed ^ 0x5bd1e995) ^ block, mix(seed + block)]).buffer);
}

/** Fills `target` with the bytes of the endless file `seed` from `position` on. */
export function fillGenerated(
  target: Uint8Array,
  options: { readonly seed: number; readonly position: number },
): void {
  const { seed, position } = options;
  const source = new Uint8Array(noiseWords().buffer);
  const stampBytes = STAMP_WORDS * 4;
  for (let written = 0; written < target.length;) {
    const block = Math.floor((position + written) / BLOCK_BYTES);
    const offset = (position + written) % BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES - offset, target.length - written);
    const turn = (mix(seed ^ mix(block)) % BLOCK_WORDS) * 4;
    target.set(source.subarray(turn + offset, turn + offset + length), written);
    if (offset < stampBytes) target.set(stampOf(seed, block).subarray(offset, offset + length), written);
    written += length;
  }
}
