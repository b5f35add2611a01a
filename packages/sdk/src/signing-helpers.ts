import { loadBls, loadedBls } from '@fourmica/bls-cert';
import {
  bytesToHex,
  type CorePublicParameters,
  encodeWith,
  type Hex,
  parseAddress,
  parseU256,
  parseWith,
  type RequestClaims,
  RequestClaimsSchema,
  type RequestClaimsV2,
  type SignedClaims,
  SignedClaimsSchema,
  SigningScheme,
  systemClock,
  type UintLike,
  ValidationError,
  type WireRequestClaims,
} from '@fourmica/core-types';
import {
  CLAIMS_STRUCTS,
  encodeRequestClaims,
  type GuaranteeTypedData,
  guaranteeTypedData,
} from '@fourmica/eip712-claims';
import { PaymentError } from './errors.js';
import { publicParameters } from './models/public-parameters.js';
import { type PaymentIntentFields, prepareClaims, type ValidationFields } from './prepare-claims.js';

/** Describes claims as the EIP-712 typed data that a payer signs for this core. */
export const buildGuaranteeTypedData = (
  params: Pick<CorePublicParameters, 'eip712Name' | 'eip712Version' | 'chainId'>,
  claims: RequestClaims,
): GuaranteeTypedData =>
  guaranteeTypedData(
    { name: params.eip712Name, version: params.eip712Version, chainId: params.chainId },
    claims,
  );

/** Does what {@link buildGuaranteeTypedData} does, for version 2 claims. */
export const buildGuaranteeTypedDataV2: (
  params: Pick<CorePublicParameters, 'eip712Name' | 'eip712Version' | 'chainId'>,
  claims: RequestClaimsV2,
) => GuaranteeTypedData = buildGuaranteeTypedData;

/** Encodes claims to the bytes that a payer signs under EIP-191, as hex. */
export const encodeGuaranteeEip191 = (claims: RequestClaims): Hex => bytesToHex(encodeRequestClaims(claims));

/** Writes claims as they stand in JSON on the core's wire. */
export const serializePaymentClaims = (claims: RequestClaims): WireRequestClaims =>
  encodeWith(RequestClaimsSchema, claims, 'claims');

/** Does what {@link serializePaymentClaims} does, for version 2 claims. */
export const serializePaymentClaimsV2: (claims: RequestClaimsV2) => WireRequestClaims =
  serializePaymentClaims;

/** Writes signed claims as they stand in JSON: the body of a guarantee request, the payload of an x402 payment. */
export const buildPaymentPayload = (
  claims: RequestClaims,
  signature: string,
  scheme: SigningScheme = SigningScheme.EIP712,
): WireSignedClaims => {
  const wire = { claims: serializePaymentClaims(claims), signature, scheme };
  return encodeWith(SignedClaimsSchema, parseWith(SignedClaimsSchema, wire, 'payload'), 'payload');
};

/** Signed claims as they stand in JSON. */
export type WireSignedClaims = {
  readonly claims: WireRequestClaims;
  readonly signature: string;
  readonly scheme: SignedClaims['scheme'];
};

/**
 * Builds claims for a core: version 2 when a validation is asked for, version 1 otherwise.
 *
 * @throws PaymentError when the core does not accept that version.
 */
export const preparePaymentGuaranteeClaims = (
  params: CorePublicParameters,
  intent: PaymentIntentFields & { readonly userAddress: string },
  validation?: ValidationFields,
): RequestClaims =>
  prepareClaims({ params: publicParameters(params), clock: systemClock }, intent, validation);

/** What typed data has to be about before it may be signed. */
export interface ExpectedTypedData {
  readonly expectedChainId: UintLike;
  readonly expectedSigner: string;
  readonly expectedRecipient?: string | undefined;
}

/**
 * Checks typed data of unknown origin before it is shown to a wallet: exactly the members of a guarantee request in
 * exactly the order in which they are hashed, for the expected chain, payer and recipient.
 *
 * @throws ValidationError naming the member that differs.
 */
export function validateGuaranteeTypedData(payload: GuaranteeTypedData, expected: ExpectedTypedData): void {
  const { domain, types, primaryType, message } = payload;
  const struct = Object.values(CLAIMS_STRUCTS).find((known) => known.primaryType === primaryType);
  if (struct === undefined) {
    throw new ValidationError('primaryType', primaryType, 'the struct of a guarantee request');
  }
  const found = spell(types[primaryType] ?? []);
  if (found !== spell(struct.members)) {
    throw new ValidationError(`types.${primaryType}`, found, spell(struct.members));
  }
  expectSame(
    'domain.chainId',
    parseU256(domain.chainId, 'domain.chainId'),
    parseU256(expected.expectedChainId),
  );
  expectSame('message.user', parseAddress(message.user), parseAddress(expected.expectedSigner));
  if (expected.expectedRecipient !== undefined) {
    expectSame(
      'message.recipient',
      parseAddress(message.recipient),
      parseAddress(expected.expectedRecipient),
    );
  }
}

/**
 * Checks that claims are for the expected chain, payer and recipient before they are signed for a core.
 *
 * @throws ValidationError naming the member that differs.
 */
export const validateGuaranteeSigningContext = (
  params: Pick<CorePublicParameters, 'eip712Name' | 'eip712Version' | 'chainId'>,
  claims: RequestClaims,
  expected: ExpectedTypedData,
): void => validateGuaranteeTypedData(buildGuaranteeTypedData(params, claims), expected);

const spell = (members: readonly { readonly name: string; readonly type: string }[]): string =>
  members.map(({ name, type }) => `${type} ${name}`).join(',');

function expectSame(field: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new ValidationError(field, found, String(expected));
}

/**
 * Expands a certificate's signature to the eight words that `remunerate` of the contract takes, at once. The BLS library
 * has to be loaded: await {@link loadBls}, {@link signatureToWordsAsync} or any verification first.
 *
 * @throws PaymentError `BLS_NOT_LOADED`
 * @throws VerificationError `CERTIFICATE_SIGNATURE_…`
 */
export function signatureToWords(signature: Hex): readonly Hex[] {
  const bls = loadedBls();
  if (bls !== undefined) return bls.signatureToWords(signature);
  throw new PaymentError(
    'BLS_NOT_LOADED',
    'signatureToWords: the BLS library is not loaded; await loadBls() first, or use signatureToWordsAsync',
    {},
  );
}

/** Expands a certificate's signature to the eight words that `remunerate` of the contract takes. */
export const signatureToWordsAsync = async (signature: Hex): Promise<readonly Hex[]> =>
  (await loadBls()).signatureToWords(signature);
