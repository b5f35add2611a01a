import { loadBls } from '@fourmica/bls-cert';
import { type BLSCert, bytesToHex, type CertificateClaims, type GuaranteeInfo } from '@fourmica/core-types';
import type { ReportedPayment } from './report.js';
import { DemoStepError, expectEqual } from './timeline.js';
import type { World } from './world.js';

/** A guarantee as the core serves it, with its certificate verified. */
export interface CertifiedPayment {
  readonly certificate: BLSCert;
  readonly claims: CertificateClaims;
}

/**
 * Reads the guarantees of a tab from the core and checks each: signature under the contract's key, reqIds 0, 1, 2, …,
 * and a running total that is the sum of the amounts.
 */
export async function verifiedPayments(
  world: World,
  tabId: bigint,
  count: number,
): Promise<CertifiedPayment[]> {
  const guarantees = await world.recipient.rpc.getTabGuarantees(tabId);
  expectEqual('number of guarantees of the tab', guarantees.length, count);
  let total = 0n;
  const payments: CertifiedPayment[] = [];
  for (const [index, guarantee] of guarantees.entries()) {
    const certificate = certificateOf(guarantee);
    const claims = await world.recipient.recipient.verifyPaymentGuarantee(certificate);
    total += claims.amount;
    expectEqual('tab of the certificate', claims.tabId, tabId);
    expectEqual('reqId of the certificate', claims.reqId, BigInt(index));
    expectEqual('running total of the certificate', claims.totalAmount, total);
    payments.push({ certificate, claims });
  }
  return payments;
}

function certificateOf({ certificate, reqId }: GuaranteeInfo): BLSCert {
  if (certificate === null) throw new DemoStepError(`a certificate for reqId ${reqId}`, 'none');
  return certificate;
}

/** Adds what a stranger needs to check a certificate: the operator's key and the domain, both read from the contract. */
export async function reportPayment(
  world: World,
  x402Version: number,
  { certificate, claims }: CertifiedPayment,
): Promise<ReportedPayment> {
  const config = await world.payer.gateway.getGuaranteeVersionConfig(claims.version);
  const bls = await loadBls();
  return {
    x402Version,
    asset: claims.assetAddress,
    tabId: claims.tabId.toString(),
    reqId: claims.reqId.toString(),
    amount: claims.amount.toString(),
    certificate,
    publicKey: bytesToHex(bls.publicKeyFromWords(config.verificationKey)),
    domain: config.domain,
  };
}
