import {
  type Address,
  assertCanonicalValidation,
  type Eip712Domain,
  FourMicaError,
  parseNetwork,
  parseU256,
  parseWireAddress,
  type RequestClaims,
  type SignedClaims,
} from '@fourmica/core-types';
import { SigningError, verifyRequestSignature } from '@fourmica/eip712-claims';
import { checkValidationPolicy } from './check-validation-policy.js';
import { type PaymentEnvelope, parsePaymentEnvelope } from './envelope.js';
import { asMessageError, X402Error } from './errors.js';
import { isJsonObject, type JsonObject, memberOf } from './json-object.js';
import { parsed } from './parsed.js';
import { hasPolicyMember } from './validation-policy.js';

/** A payment and the requirements that it has to meet, as a facilitator receives them. */
export interface PaymentCheckRequest {
  /** JSON value of the payment; its `x402Version` is 1 or 2. */
  readonly payload: JsonObject;
  /** JSON value of the requirements. */
  readonly requirements: JsonObject;
}

/** What the checker knows. */
export interface PaymentCheckContext {
  /** The scheme that is served here. */
  readonly scheme: string;
  /** CAIP-2 id of the network that is served here. */
  readonly network: string;
  readonly chainId: bigint;
  /** Domain that payers of this network sign under. */
  readonly domain: Eip712Domain;
  /** Registries that the core trusts; empty = all. */
  readonly trustedValidationRegistries: readonly Address[];
  /** Unix seconds. */
  readonly now: bigint;
  /** How far a payer's clock may be ahead, in seconds. */
  readonly futureToleranceSeconds: bigint;
}

/** The outcome of {@link checkPayment}. */
export type PaymentCheck =
  | { readonly ok: true; readonly envelope: PaymentEnvelope; readonly payment: SignedClaims }
  | { readonly ok: false; readonly reason: string };

const refuse = (reason: string): PaymentCheck => ({ ok: false, reason });

/**
 * Checks everything about a payment that can be decided without asking the core: structure, match with the
 * requirements, validation policy, the payer's signature, and that it is not dated in the future. Pure: the same input
 * gives the same answer, and nothing is stored.
 *
 * @returns the reason of the first check that fails, in the words that 4Mica facilitators use.
 */
export function checkPayment(request: PaymentCheckRequest, context: PaymentCheckContext): PaymentCheck {
  const routed = checkRoute(request, context) ?? checkSignaturePresent(request.payload);
  if (routed !== undefined) return refuse(routed);

  const read = readEnvelope(request);
  if ('reason' in read) return refuse(read.reason);
  const { envelope } = read;
  const { claims } = envelope.payload;
  const reason =
    checkAccepted(envelope, request.requirements) ??
    checkPolicyBinding(claims) ??
    checkRecipient(claims, request.requirements) ??
    checkAsset(claims, request.requirements) ??
    checkAmount(claims, request.requirements, envelope.x402Version) ??
    checkValidationPolicy(claims, request.requirements, context) ??
    checkClaimsVersion(claims, request.requirements, envelope.x402Version) ??
    checkSignature(envelope.payload, context.domain) ??
    checkNotInFuture(claims, context);
  return reason === undefined ? { ok: true, envelope, payment: envelope.payload } : refuse(reason);
}

function checkRoute(
  { payload, requirements }: PaymentCheckRequest,
  context: PaymentCheckContext,
): string | undefined {
  const chosen = payload.x402Version === 2 ? payload.accepted : payload;
  const offered = isJsonObject(chosen) ? chosen : {};
  for (const { scheme } of [offered, requirements]) {
    if (scheme !== context.scheme) return `unsupported scheme ${describe(scheme)}`;
  }
  for (const { network } of [offered, requirements]) {
    if (!isSameNetwork(network, context.network)) return `unsupported network ${describe(network)}`;
  }
  return undefined;
}

/** Tells whether a network in any spelling is the given one. */
export const isSameNetwork = (network: unknown, caip2: string): boolean =>
  parsed(parseNetwork, network) === caip2;

const describe = (value: unknown): string => (typeof value === 'string' ? value : '(none)');

function checkSignaturePresent(payload: JsonObject): string | undefined {
  const inner = payload.payload;
  const signature = isJsonObject(inner) ? inner.signature : undefined;
  return typeof signature === 'string' && signature.trim() === '' ? 'signature cannot be empty' : undefined;
}

/** Reads the payment; wrong addresses inside the claims get the words that belong to them. */
function readEnvelope({
  payload,
  requirements,
}: PaymentCheckRequest): { readonly envelope: PaymentEnvelope } | { readonly reason: string } {
  try {
    return { envelope: parsePaymentEnvelope(payload) };
  } catch (error) {
    if (!(error instanceof X402Error)) throw error;
    const field = error.context.field ?? '';
    if (field.endsWith('.claims.recipient_address')) {
      return { reason: payToProblem(requirements) ?? 'invalid recipient address in claims' };
    }
    if (field.endsWith('.claims.asset_address')) return { reason: 'invalid asset address in claims' };
    return { reason: error.message };
  }
}

function checkAccepted(envelope: PaymentEnvelope, requirements: JsonObject): string | undefined {
  if (envelope.x402Version === 1) return undefined;
  const { accepted } = envelope;
  const isSame =
    equal(parseWireAddress, accepted.payTo, requirements.payTo) &&
    equal(parseWireAddress, accepted.asset, requirements.asset) &&
    equal(parseU256, accepted.amount, requirements.amount);
  return isSame ? undefined : 'accepted requirements do not match paymentRequirements';
}

/** Compares two values after parsing; values that do not parse are left to the checks that name them. */
function equal<T extends string | bigint>(parse: (value: unknown) => T, a: unknown, b: unknown): boolean {
  const left = parsed(parse, a);
  const right = parsed(parse, b);
  return left === undefined || right === undefined ? a === b || right === undefined : left === right;
}

function checkPolicyBinding(claims: RequestClaims): string | undefined {
  if (claims.version === 1) return undefined;
  try {
    assertCanonicalValidation(claims);
    return undefined;
  } catch (error) {
    if (error instanceof FourMicaError) return error.message;
    throw error;
  }
}

const payToProblem = (requirements: JsonObject): string | undefined =>
  parsed(parseWireAddress, requirements.payTo) === undefined ? 'invalid payTo address' : undefined;

function checkRecipient(claims: RequestClaims, requirements: JsonObject): string | undefined {
  const payTo = parsed(parseWireAddress, requirements.payTo);
  if (payTo === undefined) return 'invalid payTo address';
  return claims.recipientAddress === payTo
    ? undefined
    : `claim recipient ${claims.recipientAddress} does not match payTo ${payTo}`;
}

function checkAsset(claims: RequestClaims, requirements: JsonObject): string | undefined {
  const asset = parsed(parseWireAddress, requirements.asset);
  if (asset === undefined) return 'invalid asset address';
  return claims.assetAddress === asset
    ? undefined
    : `claim asset ${claims.assetAddress} does not match requirement ${asset}`;
}

function checkAmount(
  claims: RequestClaims,
  requirements: JsonObject,
  x402Version: 1 | 2,
): string | undefined {
  const member = x402Version === 1 ? 'maxAmountRequired' : 'amount';
  const raw = memberOf(requirements, member);
  if (raw === undefined) return `${member} is required for x402Version ${x402Version}`;
  if (typeof raw === 'string' && raw.trim() === '') return `${member} cannot be empty`;
  const required = parsed(parseU256, raw);
  if (required === undefined) {
    const isHex = typeof raw === 'string' && /^0x/i.test(raw);
    return `invalid ${isHex ? 'hex' : 'decimal'} amount: expected an unsigned 256-bit integer in ${member}`;
  }
  if (claims.amount === 0n) return 'claim amount is zero';
  return claims.amount === required
    ? undefined
    : `claim amount ${claims.amount} does not match ${member} ${required}`;
}

/** Claims without the validation that the offer asks for must not pass, whatever the x402 version says. */
function checkClaimsVersion(
  claims: RequestClaims,
  { extra }: JsonObject,
  x402Version: 1 | 2,
): string | undefined {
  if (!isJsonObject(extra) || !hasPolicyMember(extra)) return undefined;
  return claims.version === 2 && x402Version === 2
    ? undefined
    : `claims version v${claims.version} does not satisfy the validation policy`;
}

const SIGNATURE_REASONS: Readonly<Record<string, string>> = {
  SIGNATURE_NOT_HEX: 'invalid hex signature',
  SIGNATURE_LENGTH: 'invalid signature length',
  SIGNATURE_RECOVERY_FAILED: 'signature recovery failed',
};

function checkSignature(payment: SignedClaims, domain: Eip712Domain): string | undefined {
  try {
    verifyRequestSignature(domain, payment);
    return undefined;
  } catch (error) {
    if (!(error instanceof SigningError)) throw asMessageError(error);
    return SIGNATURE_REASONS[error.code] ?? 'Invalid signature';
  }
}

const checkNotInFuture = (
  { timestamp }: RequestClaims,
  { now, futureToleranceSeconds }: PaymentCheckContext,
): string | undefined =>
  timestamp > now + futureToleranceSeconds ? 'timestamp is in the future' : undefined;
