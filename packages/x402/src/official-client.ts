export {
  FourMicaCreditClient,
  type OfficialClient,
  type OfficialClientConfig,
  register4MicaCredit,
} from './official/client.js';
export { findDefaultAsset, type KnownAsset } from './official/known-assets.js';
