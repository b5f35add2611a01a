import type { ContractGateway } from '@fourmica/contract-gateway';
import type { Address, Clock, Eip712Domain, EvmSigner } from '@fourmica/core-types';
import { ConfigError } from './errors.js';
import type { GuaranteeDomains, GuaranteeTrust } from './guarantee-trust.js';
import type { CorePublicParameters } from './models/public-parameters.js';
import type { RpcProxy } from './rpc-proxy.js';

/** What the parts of a client share. */
export interface ClientContext {
  readonly params: CorePublicParameters;
  readonly rpc: RpcProxy;
  readonly gateway: ContractGateway;
  readonly signer: EvmSigner | undefined;
  readonly trust: GuaranteeTrust;
  readonly domains: GuaranteeDomains;
  readonly clock: Clock;
}

/** EIP-712 domain under which the core reads payers' signatures. */
export const signingDomain = ({ params }: ClientContext): Eip712Domain => ({
  name: params.eip712Name,
  version: params.eip712Version,
  chainId: params.chainId,
});

/** Newest guarantee version that core, contract and client have in common. */
export const activeGuaranteeVersion = ({ domains }: ClientContext): number => Math.max(...domains.keys());

/**
 * Returns the signer of payments.
 *
 * @throws ConfigError `SIGNER_REQUIRED`
 */
export function requireSigner({ signer }: ClientContext, operation: string): EvmSigner {
  if (signer !== undefined) return signer;
  throw new ConfigError(
    'SIGNER_REQUIRED',
    `${operation}: no signer is configured; call walletPrivateKey() or evmSigner() on the ConfigBuilder, or set 4MICA_WALLET_PRIVATE_KEY and call fromEnv()`,
    { field: 'evmSigner' },
  );
}

/**
 * Returns the account that owns collateral and tabs, after checking that transactions come from it: collateral of
 * another account would not back its guarantees, and a payment from another account would not count.
 *
 * @throws ConfigError `SIGNERS_DIFFER`
 */
export function requireOwnAccount(context: ClientContext, operation: string): Address | undefined {
  const payer = context.signer?.address;
  const sender = context.gateway.signerAddress;
  if (payer === undefined || sender === undefined || payer === sender) return sender;
  throw new ConfigError(
    'SIGNERS_DIFFER',
    `${operation}: payments are signed by ${payer}, but transactions are sent by ${sender}; configure one account for both`,
    { field: 'transactionSigner' },
  );
}
