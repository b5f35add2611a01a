/** The payer's path alone: sign payments and pay APIs with a wallet of one's own. Imports neither ethers nor BLS. */
export {
  type Address,
  type Caip2,
  type Clock,
  type Eip712Domain,
  type Eip712Types,
  ETH_ASSET,
  type EvmSigner,
  FourMicaError,
  type Hex,
  NETWORKS,
  type PaymentSignature,
  SigningScheme,
  ValidationError,
} from '@fourmica/core-types';
export {
  type Eip1193Provider,
  type EthersSigner,
  fromEip1193,
  fromEthers,
  fromViem,
  LocalAccountSigner,
  SigningError,
  type ViemAccount,
} from '@fourmica/eip712-claims';
export { AuthError, AuthSession, RpcError } from '@fourmica/rpc-client';
export * from '@fourmica/x402/client';
