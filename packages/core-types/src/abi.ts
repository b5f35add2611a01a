import type { Address } from './address.js';
import { ValidationError } from './errors.js';
import { type Bytes32, bytesToHex, type Hex, hexToBytes } from './hex.js';
import { parseUint } from './uint.js';

/** Size of a word of the Solidity ABI in bytes. */
export const WORD_SIZE = 32;

const MASK_64 = (1n << 64n) - 1n;

/** Writes values as 32-byte words of the Solidity ABI, one after another, into a buffer of known size. */
export class AbiWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  /** @param size - bytes of the finished encoding. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /**
   * Writes an unsigned integer, right-aligned.
   *
   * @throws ValidationError naming `field` when the value does not fit into `bits`.
   */
  uint(value: bigint | number, bits: number, field: string): this {
    let rest = parseUint(value, bits, field);
    for (let end = this.#offset + WORD_SIZE - 8; rest !== 0n; end -= 8) {
      this.#view.setBigUint64(end, rest & MASK_64);
      rest >>= 64n;
    }
    this.#offset += WORD_SIZE;
    return this;
  }

  /**
   * Writes an address, right-aligned.
   *
   * @throws ValidationError naming `field` when it is not 20 bytes of hex.
   */
  address(value: Address, field: string): this {
    this.#fixed(value, 20, WORD_SIZE - 20, field);
    return this;
  }

  /**
   * Writes 32 bytes.
   *
   * @throws ValidationError naming `field` when it is not 32 bytes of hex.
   */
  bytes32(value: Bytes32, field: string): this {
    this.#fixed(value, WORD_SIZE, 0, field);
    return this;
  }

  /** Writes 32 bytes that are already binary, such as a hash. */
  word(value: Uint8Array): this {
    this.#bytes.set(value, this.#offset);
    this.#offset += WORD_SIZE;
    return this;
  }

  /** Writes the tail of a `bytes` or `string` member: its length, then its content padded to whole words. */
  dynamicBytes(content: Uint8Array): this {
    this.uint(BigInt(content.length), 64, 'length');
    this.#bytes.set(content, this.#offset);
    this.#offset += paddedSize(content.length);
    return this;
  }

  /** Returns the encoding. */
  finish(): Uint8Array {
    return this.#bytes;
  }

  #fixed(value: Hex, size: number, padding: number, field: string): void {
    if (typeof value !== 'string' || value.length !== 2 + 2 * size || !value.startsWith('0x')) {
      throw new ValidationError(field, value, `0x and ${2 * size} hex digits`);
    }
    this.#bytes.set(hexToBytes(value, field), this.#offset + padding);
    this.#offset += WORD_SIZE;
  }
}

/** Rounds a length up to whole words. */
export const paddedSize = (length: number): number => Math.ceil(length / WORD_SIZE) * WORD_SIZE;

/** Reads the unsigned integer of the word at `offset`. */
export const uintAt = (bytes: Uint8Array, offset: number): bigint =>
  BigInt(bytesToHex(bytes.subarray(offset, offset + WORD_SIZE)));
