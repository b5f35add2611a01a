import { FourMicaError } from '@fourmica/core-types';

/** What is wrong with a facilitator or one of its networks. */
export type FacilitatorErrorCode =
  /** A setting is missing or malformed. */
  | 'CONFIG_INVALID'
  /** Core and contract of a network contradict each other or the configuration: it must not be used. */
  | 'NETWORK_MISCONFIGURED'
  /** Core or Ethereum node of a network does not answer at the moment. */
  | 'NETWORK_UNAVAILABLE';

/** An error of the facilitator itself. */
export class FacilitatorError extends FourMicaError<FacilitatorErrorCode, { readonly network?: string }> {
  override readonly name = 'FacilitatorError';

  constructor(
    code: FacilitatorErrorCode,
    message: string,
    context: { readonly network?: string } = {},
    options?: { cause?: unknown },
  ) {
    super(code, message, context, options);
  }
}
