export { findDefaultAsset, type KnownAsset } from './official/known-assets.js';
export {
  CreditFacilitatorClient,
  type CreditFacilitatorConfig,
  create4MicaCreditServer,
  type OfficialServerConfig,
} from './official/server.js';
