import { FourMicaError, type SignedClaims } from '@fourmica/core-types';

/** What {@link ConfigError} knows. */
export interface ConfigErrorContext {
  /** Setting or environment variable that is wrong or missing. */
  readonly field: string;
}

/**
 * A setting of the client that is missing or wrong.
 *
 * - `CONFIG_INVALID`: a value is not what it has to be.
 * - `CONFIG_CONFLICT`: two spellings of one environment variable differ.
 * - `SIGNER_REQUIRED`: the call needs a signer and none is configured.
 * - `SIGNERS_DIFFER`: payments are signed by another account than transactions, which the call cannot use.
 */
export class ConfigError extends FourMicaError<
  'CONFIG_INVALID' | 'CONFIG_CONFLICT' | 'SIGNER_REQUIRED' | 'SIGNERS_DIFFER',
  ConfigErrorContext
> {
  override readonly name = 'ConfigError';
}

/**
 * A client that could not be created, because core, chain and configuration do not fit together.
 *
 * - `ETHEREUM_RPC_URL_MISSING`: neither the configuration nor the core names an Ethereum node.
 * - `NETWORK_MISMATCH`: the core serves another network than the configured one.
 * - `CONTRACT_MISMATCH`: the core announces another contract than the configured one.
 * - `CHAIN_ID_MISMATCH`, `CONTRACT_NOT_FOUND`, `RPC_UNREACHABLE`, …: from the Ethereum node, see `cause`.
 * - `GUARANTEE_VERSION_UNKNOWN`, `GUARANTEE_VERSION_DISABLED`, `GUARANTEE_DOMAIN_MISMATCH`,
 *   `VERIFICATION_KEY_MISMATCH`: the contract would not honour the certificates that the core issues.
 */
export class ClientInitializationError extends FourMicaError {
  override readonly name = 'ClientInitializationError';
}

/** A call that cannot be carried out as asked, found before anything was sent or signed. */
export class PaymentError extends FourMicaError<
  | 'TAB_NOT_FOUND'
  | 'GUARANTEE_NOT_FOUND'
  | 'NOTHING_OWED'
  | 'COLLATERAL_NOT_SEEN'
  | 'AMOUNT_UNKNOWN'
  | 'GUARANTEE_VERSION_UNSUPPORTED'
  | 'VALIDATION_UNSUPPORTED'
  | 'BLS_NOT_LOADED'
> {
  override readonly name = 'PaymentError';
}

/**
 * A payment whose certificate was asked for, and the core did not answer. It may have been made. Pass `signed` to
 * `issuePreparedPaymentGuarantee`: the same claims give the same certificate and are never a second debt.
 */
export class PaymentOutcomeUnknownError extends FourMicaError<
  'PAYMENT_OUTCOME_UNKNOWN',
  { readonly tabId: bigint; readonly reqId: bigint }
> {
  override readonly name = 'PaymentOutcomeUnknownError';

  constructor(
    /** What the payer signed. */
    readonly signed: SignedClaims,
    cause: unknown,
  ) {
    const { tabId, reqId } = signed.claims;
    super(
      'PAYMENT_OUTCOME_UNKNOWN',
      `tab ${tabId}, request ${reqId}: the core did not answer, so that the guarantee may have been issued; pass the error's \`signed\` to issuePreparedPaymentGuarantee to find out, which never makes a second debt`,
      { tabId, reqId },
      { cause },
    );
  }
}
