import { STATUS_CODES } from 'node:http';
import {
  type BLSCert,
  type CertificateClaims,
  type Clock,
  type CorePublicParameters,
  chainIdOfNetwork,
  FourMicaError,
  nowSeconds,
  type RequestClaims,
  type SignedClaims,
} from '@fourmica/core-types';
import { RpcError } from '@fourmica/rpc-client';
import { checkPayment, isSameNetwork, repaymentFor } from '@fourmica/x402';
import { type PaymentRequest, readPaymentRequest } from './domain/payment-request.js';
import {
  CORE_UNAVAILABLE,
  certificateProblem,
  settledAnswer,
  settleFailure,
} from './domain/settle-answer.js';
import { refusedAnswer, verifiedAnswer } from './domain/verify-answer.js';
import { checkCertificate } from './network/check-certificate.js';
import { checkLedger } from './network/check-ledger.js';
import type { FacilitatedNetwork } from './network/facilitated-network.js';
import type { NetworkState } from './network/network-state.js';

/** What `/verify` and `/settle` need to know. */
export interface PaymentServiceDeps {
  readonly networks: readonly FacilitatedNetwork[];
  readonly clock: Clock;
  readonly scheme: string;
  readonly certificateVisibility: 'auto' | 'strict' | 'open';
  /** Told of failures that the caller only sees as a reason. */
  readonly onError: (error: unknown, message: string) => void;
}

/** A payment that passed every check. */
interface GoodPayment {
  readonly ok: true;
  readonly network: FacilitatedNetwork;
  readonly state: NetworkState;
  readonly payment: SignedClaims;
  readonly alreadyIssued: boolean;
}

/** A payment that did not. */
interface BadPayment {
  readonly ok: false;
  readonly reason: string;
  /** For people, when the reason is a code. */
  readonly message?: string | undefined;
}

type Checked = GoodPayment | BadPayment;
type Answer = Record<string, unknown>;

const FUTURE_TOLERANCE_SECONDS = 5n;
const bad = (reason: string, message?: string): BadPayment => ({ ok: false, reason, message });

/** Verifies and settles payments. Stateless but for a hint of what is under way: any number of them can run. */
export class PaymentService {
  readonly #deps: PaymentServiceDeps;

  constructor(deps: PaymentServiceDeps) {
    this.#deps = deps;
  }

  /** Answers `/verify`: every check, and no effect. */
  async verify(body: unknown): Promise<Answer> {
    const request = readPaymentRequest(body);
    if ('reason' in request) return refusedAnswer(request.reason);
    const checked = await this.#check(request);
    if (!checked.ok) return refusedAnswer(checked.reason, checked.message);
    const { claims } = checked.payment;
    if (!checked.alreadyIssued) checked.network.pending.add(claims);
    return verifiedAnswer(claims.userAddress, checked.alreadyIssued);
  }

  /**
   * Answers `/settle`: every check again, the guarantee of the core, and the certificate's own check. The same payment
   * gives the same certificate, however often it is sent.
   *
   * @param isAuthenticated - whether the caller may see the certificate whatever the contract is like.
   */
  async settle(body: unknown, isAuthenticated: boolean): Promise<Answer> {
    const request = readPaymentRequest(body);
    if ('reason' in request) return settleFailure(request.reason, networkOf(body) ?? this.#defaultNetwork);
    const network = networkOf(body) ?? this.#defaultNetwork;
    const checked = await this.#check(request);
    if (!checked.ok) return settleFailure(checked.message ?? checked.reason, network, checked.reason);
    try {
      return await this.#issue(checked, network, isAuthenticated);
    } finally {
      checked.network.pending.remove(checked.payment.claims);
    }
  }

  get #defaultNetwork(): string {
    return this.#deps.networks[0]?.network ?? '';
  }

  async #check(request: PaymentRequest): Promise<Checked> {
    const routed = await this.#route(request);
    if ('ok' in routed) return routed;
    const { network, state } = routed;
    const structural = checkPayment(request, {
      scheme: this.#deps.scheme,
      network: network.network,
      chainId: chainIdOfNetwork(network.network),
      domain: signingDomain(state.params),
      trustedValidationRegistries: state.params.trustedValidationRegistries,
      now: nowSeconds(this.#deps.clock),
      futureToleranceSeconds: FUTURE_TOLERANCE_SECONDS,
    });
    if (!structural.ok) return bad(structural.reason);
    return this.#checkLedger(network, state, structural.payment);
  }

  /** Finds the network of a request; see the order of reasons in the facilitator API. */
  async #route({
    x402Version,
    payload,
    requirements,
  }: PaymentRequest): Promise<
    BadPayment | { readonly network: FacilitatedNetwork; readonly state: NetworkState }
  > {
    const version = payload.x402Version;
    if (typeof version !== 'number') return bad('paymentPayload.x402Version: expected 1 or 2');
    if (x402Version !== undefined && x402Version !== version) {
      return bad(`x402Version ${String(x402Version)} does not match paymentPayload x402Version ${version}`);
    }
    if (version !== 1 && version !== 2) return bad(`unsupported x402Version ${version}`);
    if (requirements.scheme !== this.#deps.scheme)
      return bad(`unsupported scheme ${String(requirements.scheme)}`);
    const network = this.#deps.networks.find((known) => isSameNetwork(requirements.network, known.network));
    if (network === undefined) return bad(`unsupported network ${String(requirements.network)}`);
    try {
      const state = await network.state();
      return state.versions.includes(version)
        ? { network, state }
        : bad(`unsupported x402Version ${version}`);
    } catch (error) {
      return this.#unavailable(error, 'the network cannot be used');
    }
  }

  async #checkLedger(
    network: FacilitatedNetwork,
    state: NetworkState,
    payment: SignedClaims,
  ): Promise<Checked> {
    try {
      const ledger = await checkLedger(network, payment.claims, nowSeconds(this.#deps.clock));
      return ledger.ok ? { ...ledger, network, state, payment } : bad(ledger.reason, ledger.message);
    } catch (error) {
      return this.#unavailable(error, 'the core could not be asked about the tab');
    }
  }

  /** Core or node do not answer: nothing is known, so that the caller may send the same payment again. */
  #unavailable(error: unknown, message: string): BadPayment {
    if (!(error instanceof FourMicaError)) throw error;
    this.#deps.onError(error, message);
    return bad(CORE_UNAVAILABLE, `${message}: ${error.message}`);
  }

  async #issue(
    { network, state, payment }: GoodPayment,
    networkText: string,
    isAuthenticated: boolean,
  ): Promise<Answer> {
    let certificate: BLSCert;
    try {
      certificate = await network.core.issueGuarantee(payment);
    } catch (error) {
      return this.#issueFailure(error, networkText);
    }
    const verified = await this.#verifyCertificate(network, state, certificate, payment.claims);
    if ('problem' in verified) return settleFailure(verified.problem, networkText);
    const { certificateVisibility: setting } = this.#deps;
    const isOpen = setting === 'open' || (setting === 'auto' && verified.state.paysIncrementally);
    return settledAnswer({
      claims: payment.claims,
      network: networkText,
      certificate: isOpen || isAuthenticated ? certificate : null,
      repayment: repaymentFor(verified.claims, verified.state.timing.remunerationGracePeriod),
      certificateVisibility: isOpen ? 'open' : 'strict',
    });
  }

  #issueFailure(error: unknown, networkText: string): Answer {
    if (!(error instanceof FourMicaError)) throw error;
    this.#deps.onError(error, 'the core did not issue the guarantee');
    const text = issueFailureText(error);
    return isFinalRefusal(error)
      ? settleFailure(text, networkText)
      : settleFailure(text, networkText, CORE_UNAVAILABLE);
  }

  /** A certificate that does not verify may be of a new key: key and domain are read again before it is refused. */
  async #verifyCertificate(
    network: FacilitatedNetwork,
    state: NetworkState,
    certificate: BLSCert,
    claims: RequestClaims,
  ): Promise<
    { readonly claims: CertificateClaims; readonly state: NetworkState } | { readonly problem: string }
  > {
    const first = await checkCertificate(certificate, state, claims);
    if (!('error' in first)) return { claims: first.claims, state };
    this.#deps.onError(first.error, 'the certificate of the core was refused');
    if (first.error.code !== 'CERTIFICATE_SIGNATURE_INVALID')
      return { problem: certificateProblem(first.error) };
    try {
      const fresh = await network.refresh();
      const second = await checkCertificate(certificate, fresh, claims);
      return 'error' in second
        ? { problem: certificateProblem(second.error) }
        : { claims: second.claims, state: fresh };
    } catch (error) {
      if (!(error instanceof FourMicaError)) throw error;
      this.#deps.onError(error, 'the network could not be read again');
      return { problem: certificateProblem(first.error) };
    }
  }
}

function networkOf(body: unknown): string | undefined {
  const requirements =
    typeof body === 'object' && body !== null
      ? (body as { paymentRequirements?: unknown }).paymentRequirements
      : undefined;
  const network =
    typeof requirements === 'object' && requirements !== null
      ? (requirements as { network?: unknown }).network
      : undefined;
  return typeof network === 'string' && network !== '' ? network : undefined;
}

const signingDomain = ({ eip712Name, eip712Version, chainId }: CorePublicParameters) => ({
  name: eip712Name,
  version: eip712Version,
  chainId,
});

/** Answers after which the same payment cannot succeed; 409 may also mean that two requests met in the database. */
const isFinalRefusal = (error: FourMicaError): boolean =>
  error instanceof RpcError &&
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  ![401, 408, 429].includes(error.status) &&
  !/please retry/i.test(error.reason ?? '');

function issueFailureText(error: FourMicaError): string {
  if (!(error instanceof RpcError)) return error.message;
  if (error.code === 'RPC_RESPONSE_INVALID') return `failed to decode guarantee response: ${error.message}`;
  if (error.status === undefined) return error.message;
  const phrase = STATUS_CODES[error.status] ?? 'Unknown Status';
  return `core guarantee request failed (${error.status} ${phrase}): ${error.reason ?? 'unknown error'}`;
}
