import { FourMicaError } from '@fourmica/core-types';

/** What can go wrong between a payer, a resource server and a facilitator. */
export type X402ErrorCode =
  /** A header or body is no base64, no JSON, too large, or lacks a member. */
  | 'MESSAGE_INVALID'
  /** The offer is not one of 4Mica's. */
  | 'SCHEME_UNSUPPORTED'
  /** The offer's network is not the one that the signer signs for. */
  | 'NETWORK_MISMATCH'
  /** The offer has validation policy members, but not all required ones, or contradicting ones. */
  | 'VALIDATION_POLICY_INVALID'
  /** The tab endpoint is missing, or not on an allowed origin. */
  | 'TAB_ENDPOINT_REFUSED'
  /** The tab endpoint answered an error. */
  | 'TAB_REQUEST_FAILED'
  /** The tab endpoint's answer lacks an id, or belongs to another payer, recipient or asset. */
  | 'TAB_ANSWER_INVALID'
  /** The payer's own spending policy forbids the payment. */
  | 'SPENDING_POLICY'
  /** The paid request got no answer: it may or may not have been charged. */
  | 'PAYMENT_OUTCOME_UNKNOWN'
  /** The resource redirects to another origin, where the payment must not go. */
  | 'REDIRECT_REFUSED'
  /** No answer at all: connection refused, name unknown, connection lost. */
  | 'HTTP_UNREACHABLE'
  | 'HTTP_TIMEOUT'
  /** An answer is larger than the limit. */
  | 'HTTP_BODY_TOO_LARGE'
  /** The facilitator answered a status other than 2xx. */
  | 'FACILITATOR_STATUS'
  /** The configuration of a payment gate or a paying fetch is contradictory or incomplete. */
  | 'CONFIG_INVALID'
  /** A certificate store cannot be read or written. */
  | 'CERTIFICATE_STORE'
  /** A certificate store holds another payment, or another use of the payment, for the same tab and reqId. */
  | 'CERTIFICATE_CONFLICT';

/** Facts that belong to an {@link X402Error}; which of them are present depends on the code. */
export interface X402ErrorContext {
  /** Path of the member that was refused, such as `extra.tabEndpoint`. */
  readonly field?: string;
  /** HTTP status of the peer. */
  readonly status?: number;
  /** Error text of the peer, at most 500 characters. */
  readonly peerMessage?: string;
  readonly tabId?: bigint;
  readonly reqId?: bigint;
  /** What would be spent, in base units, where a limit of the spending policy forbids it. */
  readonly amount?: bigint;
  /** That limit, in base units. */
  readonly allowed?: bigint;
}

/** The error of everything that speaks x402. */
export class X402Error extends FourMicaError<X402ErrorCode, X402ErrorContext> {
  override readonly name: string = 'X402Error';

  constructor(
    code: X402ErrorCode,
    message: string,
    context: X402ErrorContext = {},
    options?: { cause?: unknown },
  ) {
    super(code, message, context, options);
  }
}

/** Converts a refusal of a member to an {@link X402Error}; other errors pass unchanged. */
export function asMessageError(error: unknown, code: X402ErrorCode = 'MESSAGE_INVALID'): unknown {
  if (error instanceof X402Error || !(error instanceof FourMicaError)) return error;
  const field = (error.context as { field?: unknown }).field;
  return new X402Error(code, error.message, typeof field === 'string' ? { field } : {}, { cause: error });
}
