import {
  assertCanonicalValidation,
  type Eip712Domain,
  type EvmSigner,
  type Hex,
  lowerCaseAddress,
  type PaymentSignature,
  type RequestClaims,
  SigningScheme,
  ValidationError,
} from '@fourmica/core-types';
import { SigningError } from './errors.js';
import { LocalAccountSigner } from './local-account-signer.js';
import { encodeRequestClaims } from './personal-message.js';
import { verifyRequestSignature } from './recover.js';
import { formatSignature, parseSignature } from './signature-text.js';
import { guaranteeTypedData } from './typed-data.js';

/**
 * Signs guarantee request claims.
 *
 * @param signer - must be the payer of the claims. What a wallet other than {@link LocalAccountSigner} returns is
 * checked against the claims.
 * @returns 65 bytes `r || s || v` with `v` 27 or 28, and the scheme.
 * @throws ValidationPolicyError when version 2 claims are not bound to their policy.
 * @throws SigningError `SIGNER_ADDRESS_MISMATCH`, `SIGNER_FAILED`, or a `SIGNATURE_…` code for what the wallet returned.
 */
export async function signRequestClaims(
  signer: EvmSigner,
  domain: Eip712Domain,
  claims: RequestClaims,
  scheme: SigningScheme = SigningScheme.EIP712,
): Promise<PaymentSignature> {
  if (claims.version === 2) assertCanonicalValidation(claims);
  assertPayer(signer, claims);
  const signature = formatSignature(parseSignature(await askSigner(signer, domain, claims, scheme)));
  const signed = { claims, signature, scheme };
  if (!(signer instanceof LocalAccountSigner)) verifyRequestSignature(domain, signed);
  return { signature, scheme };
}

function assertPayer(signer: EvmSigner, claims: RequestClaims): void {
  if (lowerCaseAddress(signer.address) === lowerCaseAddress(claims.userAddress)) return;
  throw new SigningError(
    'SIGNER_ADDRESS_MISMATCH',
    `signer: expected the payer ${claims.userAddress}, got ${signer.address}; sign with the payer's account`,
    { expected: claims.userAddress, signer: signer.address },
  );
}

async function askSigner(
  signer: EvmSigner,
  domain: Eip712Domain,
  claims: RequestClaims,
  scheme: SigningScheme,
): Promise<Hex> {
  if (scheme !== SigningScheme.EIP712 && scheme !== SigningScheme.EIP191) {
    throw new ValidationError('scheme', scheme, '"eip712" or "eip191"');
  }
  const ask = requestFor(signer, domain, claims, scheme);
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof SigningError) throw cause;
    throw new SigningError('SIGNER_FAILED', 'signer: the wallet did not sign; see the cause', {}, { cause });
  }
}

/** Prepares what the wallet is asked; claims that cannot be encoded fail here, before the wallet shows anything. */
function requestFor(
  signer: EvmSigner,
  domain: Eip712Domain,
  claims: RequestClaims,
  scheme: SigningScheme,
): () => Promise<Hex> {
  if (scheme === SigningScheme.EIP191) {
    const encoded = encodeRequestClaims(claims);
    return () => signer.signMessage(encoded);
  }
  const { types, message } = guaranteeTypedData(domain, claims);
  return () => signer.signTypedData(domain, types, message);
}
