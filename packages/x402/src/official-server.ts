export { findDefaultAsset, type KnownAsset } from './official/known-assets.js';
export {
  type AssetAmount,
  CreditFacilitatorClient,
  type CreditFacilitatorConfig,
  create4MicaCreditServer,
  type OfficialServerConfig,
  type Price,
} from './official/server.js';
