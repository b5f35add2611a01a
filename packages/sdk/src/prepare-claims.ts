import {
  nowSeconds,
  type RequestClaims,
  type UintLike,
  VALIDATION_HASH_CANONICALIZATION_VERSION,
} from '@fourmica/core-types';
import {
  assertCanonicalValidation,
  createRequestClaims,
  createValidatedRequestClaims,
  type ValidationPolicyInput,
} from '@fourmica/eip712-claims';
import type { ClientContext } from './client-context.js';
import { PaymentError } from './errors.js';
import type { RequestClaimsFields } from './models/request-claims.js';

/** A payment to be signed; the payer is the client's signer and the time is now unless given. */
export interface PaymentIntentFields extends Omit<RequestClaimsFields, 'userAddress' | 'timestamp'> {
  readonly userAddress?: string;
  /** Unix seconds. */
  readonly timestamp?: UintLike;
}

/** A validation to be asked for; the registry is the first one that the core trusts unless given. */
export interface ValidationFields
  extends Omit<ValidationPolicyInput, 'validationRegistryAddress' | 'validationChainId'> {
  readonly validationRegistryAddress?: string;
  /** Must be the client's chain when given. */
  readonly validationChainId?: UintLike;
}

/**
 * Builds claims of the version that the payment needs.
 *
 * @throws PaymentError `GUARANTEE_VERSION_UNSUPPORTED` or `VALIDATION_UNSUPPORTED` when the core would refuse them.
 * @throws ValidationError naming the member that is missing or wrong.
 * @throws ValidationPolicyError for a validation on another chain than the core's.
 */
export function prepareClaims(
  context: Pick<ClientContext, 'params' | 'clock'>,
  intent: PaymentIntentFields & { readonly userAddress: string },
  validation?: ValidationFields,
): RequestClaims {
  const { erc20Token, timestamp = nowSeconds(context.clock), ...payment } = intent;
  const input = { ...payment, timestamp, assetAddress: erc20Token ?? undefined };
  assertVersionAccepted(context, validation === undefined ? 1 : 2);
  if (validation === undefined) return createRequestClaims(input);
  const { params } = context;
  assertCanonicalization(params.validationHashCanonicalizationVersion);
  const [firstTrusted] = params.trustedValidationRegistries;
  const claims = createValidatedRequestClaims(input, {
    ...validation,
    validationRegistryAddress: validation.validationRegistryAddress ?? firstTrusted ?? '',
    validationChainId: validation.validationChainId ?? params.chainId,
  });
  assertCanonicalValidation(claims, params.chainId);
  return claims;
}

function assertVersionAccepted({ params }: Pick<ClientContext, 'params'>, version: number): void {
  const accepted = params.acceptedGuaranteeVersionsOrDefault();
  if (accepted.includes(version)) return;
  throw new PaymentError(
    'GUARANTEE_VERSION_UNSUPPORTED',
    `this core accepts guarantees of version ${accepted.join(', ')}, the payment needs version ${version}`,
    { version, accepted },
  );
}

/** Claims hashed by other rules than the core's would be refused, or worse, mean something else. */
function assertCanonicalization(announced: string | undefined): void {
  if (announced === undefined || announced === VALIDATION_HASH_CANONICALIZATION_VERSION) return;
  throw new PaymentError(
    'VALIDATION_UNSUPPORTED',
    `this core hashes validations by "${announced}", this client by "${VALIDATION_HASH_CANONICALIZATION_VERSION}"; update the client`,
    { announced },
  );
}
