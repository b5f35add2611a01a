import { FourMicaError } from '@fourmica/core-types';

/** Which transaction of a deployment failed. */
export interface DeploymentContext {
  /** What the transaction was meant to do, such as `deploy Core4Mica`. */
  readonly step: string;
  /** The transaction hash; absent when it was never sent. */
  readonly txHash?: string;
  /** The contract error, such as `IllegalValue()`, when the chain reported one. */
  readonly revert?: string;
}

/** A transaction of a deployment was refused, reverted or not mined in time. */
export class DeploymentError extends FourMicaError<'DEPLOYMENT_FAILED', DeploymentContext> {
  override readonly name: string = 'DeploymentError';

  constructor(message: string, context: DeploymentContext, options?: { cause?: unknown }) {
    super('DEPLOYMENT_FAILED', message, context, options);
  }
}
