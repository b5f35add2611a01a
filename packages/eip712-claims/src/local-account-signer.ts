import {
  type Address,
  type Eip712Domain,
  type Eip712Types,
  type EvmSigner,
  type Hex,
  stripHexPrefix,
} from '@fourmica/core-types';
import { encodeUtf8 } from '@fourmica/core-types/abi';
import { hexToBytes } from '@noble/hashes/utils';
import { SigningError } from './errors.js';
import { hashTypedData } from './hash-typed-data.js';
import { personalMessageDigest } from './personal-message.js';
import { addressOfPublicKey } from './recover.js';
import { signDigest } from './secp256k1/current.js';
import { isPrivateKey, publicKeyOf } from './secp256k1/portable.js';
import { formatSignature } from './signature-text.js';

/** Signs with a private key in this process. The key is never part of an error, of JSON or of a log line. */
export class LocalAccountSigner implements EvmSigner {
  readonly address: Address;
  readonly #key: Uint8Array;

  /**
   * @param privateKey - 32 bytes as 64 hex digits, `0x` optional.
   * @throws SigningError `PRIVATE_KEY_INVALID`; the message does not contain the key.
   */
  constructor(privateKey: string) {
    this.#key = parsePrivateKey(privateKey);
    this.address = addressOfPublicKey(publicKeyOf(this.#key));
  }

  async signTypedData(
    domain: Eip712Domain,
    types: Eip712Types,
    message: Readonly<Record<string, unknown>>,
  ): Promise<Hex> {
    return this.#sign(hashTypedData(domain, types, message));
  }

  async signMessage(message: string | Uint8Array): Promise<Hex> {
    const bytes = typeof message === 'string' ? encodeUtf8(message, 'message') : message;
    return this.#sign(personalMessageDigest(bytes));
  }

  #sign(digest: Uint8Array): Hex {
    return formatSignature(signDigest(digest, this.#key));
  }
}

function parsePrivateKey(text: unknown): Uint8Array {
  if (typeof text !== 'string')
    throw invalidKey(`got ${text === undefined ? 'nothing' : `a ${typeof text}`}`);
  const digits = stripHexPrefix(text);
  if (digits.length !== 64) throw invalidKey(`got ${digits.length} characters`);
  if (!/^[0-9a-f]{64}$/i.test(digits)) throw invalidKey('got other characters than hex digits');
  const key = hexToBytes(digits);
  if (!isPrivateKey(key)) throw invalidKey('got zero or a number that is not below the order of secp256k1');
  return key;
}

const invalidKey = (found: string): SigningError =>
  new SigningError('PRIVATE_KEY_INVALID', `privateKey: expected 0x and 64 hex digits, ${found}`);
