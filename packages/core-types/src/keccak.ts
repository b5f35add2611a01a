import sha3 from 'js-sha3';

/** Computes keccak256, the hash of Ethereum: 32 bytes. */
export const keccak256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(sha3.keccak256.arrayBuffer(bytes));
