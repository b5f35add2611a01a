export {
  CertificateIndex,
  type CertificateRecord,
  type CertificateStore,
  MemoryCertificateStore,
} from './server/certificate-store.js';
export * from './server/facilitator-client.js';
export {
  createPaymentGate,
  type GateDecision,
  type PaidRequest,
  type PaymentGate,
} from './server/gate.js';
export type {
  CertificateTrust,
  CertificateVisibility,
  OfferConfig,
  PaymentGateConfig,
  RouteConfig,
} from './server/gate-config.js';
export type { BufferedResponse, GateRequest } from './server/messages.js';
export { createTabEndpoint, type TabEndpoint, type TabEndpointConfig } from './server/tab-endpoint.js';
