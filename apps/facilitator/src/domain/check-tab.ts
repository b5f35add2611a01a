import {
  type AssetBalanceInfo,
  type GuaranteeInfo,
  type RequestClaims,
  type TabInfo,
  uintToHex,
} from '@fourmica/core-types';

/** How many reqIds ahead of the next one a payment may be. */
export const REQ_ID_WINDOW = 64n;

/** Tells why claims do not belong to a tab, in the core's words; undefined when they do. */
export function tabIdentityProblem(claims: RequestClaims, tab: TabInfo): string | undefined {
  if (tab.acceptedGuaranteeVersion !== claims.version) {
    return `tab ${uintToHex(tab.tabId)} only accepts guarantee version ${tab.acceptedGuaranteeVersion}, got ${claims.version}`;
  }
  if (tab.userAddress !== claims.userAddress) return 'User address does not match tab';
  if (tab.recipientAddress !== claims.recipientAddress) return 'Recipient address does not match tab';
  if (tab.assetAddress !== claims.assetAddress) return 'Invalid asset address';
  return undefined;
}

/** Tells why a used reqId cannot be these claims'; undefined when the guarantee is theirs. */
export function issuedProblem(claims: RequestClaims, issued: GuaranteeInfo | null): string | undefined {
  const isSame =
    issued !== null &&
    issued.version === claims.version &&
    issued.fromAddress === claims.userAddress &&
    issued.toAddress === claims.recipientAddress &&
    issued.assetAddress === claims.assetAddress &&
    issued.amount === claims.amount &&
    BigInt(issued.timestamp) === claims.timestamp;
  return isSame ? undefined : `another guarantee with req_id ${claims.reqId} already exists`;
}

/** Tells why a new guarantee cannot be issued on a tab, in the core's words; undefined when it can. */
export function openTabProblem(
  claims: RequestClaims,
  tab: TabInfo,
  { nextReqId, now }: { readonly nextReqId: bigint; readonly now: bigint },
): string | undefined {
  if (tab.status === 'CLOSED' || tab.settlementStatus !== 'PENDING') return 'tab already closed';
  if (claims.reqId >= nextReqId + REQ_ID_WINDOW) return 'req_id not valid';
  const start = tab.status === 'PENDING' ? claims.timestamp : BigInt(tab.startTimestamp);
  const end = start + BigInt(tab.ttlSeconds);
  if (claims.timestamp < start || claims.timestamp > end) return 'start timestamp modified';
  return end < now ? 'tab already closed' : undefined;
}

/**
 * Tells whether a payer's collateral does not suffice.
 *
 * @param pending - amounts that are under way besides this payment, base units.
 */
export function collateralProblem(
  claims: RequestClaims,
  balance: AssetBalanceInfo | null,
  pending: bigint,
): string | undefined {
  const free =
    balance === null
      ? 0n
      : (balance.available ?? balance.total - balance.locked - (balance.pendingWithdrawal ?? 0n));
  return claims.amount + pending > free ? 'Not enough free collateral' : undefined;
}
