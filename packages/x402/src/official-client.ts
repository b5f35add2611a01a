export {
  type CreationContext,
  FourMicaCreditClient,
  type OfficialClient,
  type OfficialClientConfig,
  type PaymentContext,
  type ResponseContext,
  register4MicaCredit,
} from './official/client.js';
export { findDefaultAsset, type KnownAsset } from './official/known-assets.js';
