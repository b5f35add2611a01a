export {
  type Core4MicaDeployment,
  type DeployCore4MicaOptions,
  deployCore4Mica,
  type TimingParameters,
} from './deploy-core4mica.js';
export {
  type DeployTestContractOptions,
  type DeployTestTokenOptions,
  deployTestToken,
  deployTestValidationRegistry,
} from './deploy-test-contracts.js';
export { type DeploymentContext, DeploymentError } from './errors.js';
export { ROLE_FUNCTIONS, ROLES } from './roles.js';
export type { Deployment } from './transaction.js';
