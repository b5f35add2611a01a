export { type FacilitatorConfig, type NetworkConfig, parseFacilitatorConfig } from './config/config.js';
export { facilitatorConfigFromEnv } from './config/env.js';
export { FacilitatorError, type FacilitatorErrorCode } from './errors.js';
export { createFacilitator, type FacilitatorDeps, type FacilitatorService } from './facilitator.js';
