export {
  type FacilitatorConfig,
  FacilitatorConfigSchema,
  type NetworkConfig,
  NetworkConfigSchema,
  parseFacilitatorConfig,
} from './config/config.js';
export { FACILITATOR_SETTINGS, type FacilitatorSetting } from './config/descriptions.js';
export { facilitatorConfigFromEnv } from './config/env.js';
export { FacilitatorError, type FacilitatorErrorCode } from './errors.js';
export { createFacilitator, type FacilitatorDeps, type FacilitatorService } from './facilitator.js';
export { runFacilitator } from './run.js';
