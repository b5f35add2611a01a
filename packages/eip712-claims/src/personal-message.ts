import { type Bytes32, bytesToHex, type RequestClaims } from '@fourmica/core-types';
import { AbiWriter, encodeUtf8, keccak256, paddedSize, WORD_SIZE } from '@fourmica/core-types/abi';
import {
  INTENT_WORDS,
  STATIC_POLICY_WORDS,
  structOf,
  writeIntent,
  writeStaticPolicy,
} from './claims-struct.js';

/**
 * Encodes claims as the message of the EIP-191 scheme: `abi.encode` of the claims struct. Version 1 is 224 bytes;
 * version 2 is a dynamic tuple and begins with the offset word `0x20`.
 *
 * Sign these raw bytes, never their hex text.
 *
 * @throws ValidationError when a member does not fit its Solidity type.
 */
export function encodeRequestClaims(claims: RequestClaims): Uint8Array {
  structOf(claims);
  if (claims.version === 1) return writeIntent(new AbiWriter(INTENT_WORDS * WORD_SIZE), claims).finish();
  const tag = encodeUtf8(claims.requiredValidationTag, 'requiredValidationTag');
  const headSize = (INTENT_WORDS + STATIC_POLICY_WORDS + 1) * WORD_SIZE;
  const writer = new AbiWriter(WORD_SIZE + headSize + WORD_SIZE + paddedSize(tag.length));
  writeIntent(writer.uint(WORD_SIZE, 256, 'offset'), claims);
  writeStaticPolicy(writer, claims);
  return writer.uint(headSize, 256, 'offset').dynamicBytes(tag).finish();
}

/** Computes the EIP-191 digest that a payer signs for these claims in the scheme `eip191`. */
export const hashRequestClaimsEip191 = (claims: RequestClaims): Bytes32 =>
  bytesToHex(personalMessageDigest(encodeRequestClaims(claims)));

/** Computes keccak256 of `0x19`, `Ethereum Signed Message:`, line feed, the decimal length and the message (EIP-191). */
export function personalMessageDigest(message: Uint8Array): Uint8Array {
  const prefix = new TextEncoder().encode(`\x19Ethereum Signed Message:\n${message.length}`);
  const preimage = new Uint8Array(prefix.length + message.length);
  preimage.set(prefix);
  preimage.set(message, prefix.length);
  return keccak256(preimage);
}
