import { type RequestClaims, uintToHex } from '@fourmica/core-types';
import { collateralProblem, issuedProblem, openTabProblem, tabIdentityProblem } from '../domain/check-tab.js';
import type { FacilitatedNetwork } from './facilitated-network.js';

/** The outcome of {@link checkLedger}. */
export type LedgerCheck =
  /** `alreadyIssued`: these very claims have their guarantee, and settling them again gives the same one. */
  | { readonly ok: true; readonly alreadyIssued: boolean }
  | { readonly ok: false; readonly reason: string; readonly message?: string };

/**
 * Checks a payment against the core's books: tab, reqId, time window and free collateral. Changes nothing.
 *
 * @param now - unix seconds.
 * @throws RpcError or AuthError when the core cannot be asked.
 */
export async function checkLedger(
  network: FacilitatedNetwork,
  claims: RequestClaims,
  now: bigint,
): Promise<LedgerCheck> {
  const { core } = network;
  const [tab, balance] = await Promise.all([
    core.getTab(claims.tabId),
    core.getUserAssetBalance(claims.userAddress, claims.assetAddress),
  ]);
  if (tab === null) {
    return {
      ok: false,
      reason: uintToHex(claims.tabId),
      message: `tab ${uintToHex(claims.tabId)} is not known to the core`,
    };
  }
  const mismatch = tabIdentityProblem(claims, tab);
  if (mismatch !== undefined) return { ok: false, reason: mismatch };

  const nextReqId = await nextReqIdOf(network, claims.tabId, tab.lastReqId);
  if (claims.reqId < nextReqId) {
    const problem = issuedProblem(claims, await core.getGuarantee(claims.tabId, claims.reqId));
    return problem === undefined ? { ok: true, alreadyIssued: true } : { ok: false, reason: problem };
  }
  const problem =
    openTabProblem(claims, tab, { nextReqId, now }) ??
    collateralProblem(claims, balance, network.pending.besides(claims));
  return problem === undefined ? { ok: true, alreadyIssued: false } : { ok: false, reason: problem };
}

async function nextReqIdOf(
  { core }: FacilitatedNetwork,
  tabId: bigint,
  lastReqId: bigint | null | undefined,
): Promise<bigint> {
  const last = lastReqId === undefined ? ((await core.getLatestGuarantee(tabId))?.reqId ?? null) : lastReqId;
  return last === null ? 0n : last + 1n;
}
