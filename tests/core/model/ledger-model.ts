/**
 * The ledger in plain memory: what the chain holds and what the core should therefore say. Time counts in warps, each of
 * them a little more than an hour, so that no rule depends on how fast the test runs.
 */

/** Windows in warps: each stands between two multiples of the warp, see `TIMING` of the world. */
const OVERDUE_AFTER = 1;
const EXPIRED_AFTER = 5;
const WITHDRAWABLE_AFTER = 6;

export interface ModelGuarantee {
  readonly amount: bigint;
  readonly timestamp: bigint;
  readonly totalAmount: bigint;
  readonly certificate: { readonly claims: string; readonly signature: string };
}

export interface ModelTab {
  readonly id: string;
  readonly payer: number;
  readonly recipient: number;
  readonly openedAt: number;
  startedAt: number | undefined;
  lastAt: number | undefined;
  readonly guarantees: ModelGuarantee[];
  paid: bigint;
  remunerated: bigint;
  /** Paid or taken from collateral in full or in part: no more guarantees. */
  settlement: 'PENDING' | 'SETTLED' | 'REMUNERATED' | 'FAILED';
  isReleased: boolean;
}

export interface ModelPayer {
  collateral: bigint;
  withdrawal: { amount: bigint; at: number } | undefined;
  isSuspended: boolean;
  /** The core knows a payer from the first deposit on, or from a suspension. */
  isKnown: boolean;
}

/** The part that an abandoned block takes with it. */
export interface ChainState {
  readonly payers: readonly Pick<ModelPayer, 'collateral' | 'withdrawal'>[];
  readonly tabs: ReadonlyMap<string, Pick<ModelTab, 'paid' | 'remunerated' | 'settlement'>>;
}

export class LedgerModel {
  now = 0;
  readonly payers: readonly ModelPayer[];
  readonly tabs: ModelTab[] = [];

  constructor(payers: number) {
    this.payers = Array.from({ length: payers }, () => ({
      collateral: 0n,
      withdrawal: undefined,
      isSuspended: false,
      isKnown: false,
    }));
  }

  payer(index: number): ModelPayer {
    const payer = this.payers[index];
    if (payer === undefined) throw new RangeError(`no payer ${index}`);
    return payer;
  }

  locked(payer: number): bigint {
    return this.tabs
      .filter((tab) => tab.payer === payer && !tab.isReleased)
      .reduce((sum, tab) => sum + openAmount(tab), 0n);
  }

  free(index: number): bigint {
    const { collateral, withdrawal } = this.payer(index);
    return collateral - this.locked(index) - (withdrawal?.amount ?? 0n);
  }

  /** The tab that the core has to answer when the parties ask for one. */
  activeTab(payer: number, recipient: number): ModelTab | undefined {
    const newest = this.tabs.filter((tab) => tab.payer === payer && tab.recipient === recipient).at(-1);
    if (newest === undefined || newest.settlement !== 'PENDING') return undefined;
    return this.now - (newest.startedAt ?? newest.openedAt) < EXPIRED_AFTER ? newest : undefined;
  }

  isClaimable({ lastAt }: ModelTab): boolean {
    return lastAt !== undefined && this.now - lastAt >= OVERDUE_AFTER && this.now - lastAt < EXPIRED_AFTER;
  }

  isWithdrawable({ withdrawal }: ModelPayer): boolean {
    return withdrawal !== undefined && this.now - withdrawal.at >= WITHDRAWABLE_AFTER;
  }

  pay(tab: ModelTab, amount: bigint): void {
    const open = openAmount(tab);
    tab.paid += smaller(amount, open);
    if (tab.settlement === 'PENDING' && openAmount(tab) === 0n) tab.settlement = 'SETTLED';
  }

  /** Takes from collateral what a certificate over this total still claims. */
  remunerate(tab: ModelTab, totalAmount: bigint): void {
    const payer = this.payer(tab.payer);
    const due = totalAmount - tab.paid - tab.remunerated;
    tab.remunerated += due;
    payer.collateral -= due;
    if (tab.settlement === 'PENDING') tab.settlement = 'REMUNERATED';
    const { withdrawal } = payer;
    // A withdrawal that was asked for after the certificate has to leave what the certificate takes.
    if (withdrawal === undefined || tab.lastAt === undefined || tab.lastAt > withdrawal.at) return;
    withdrawal.amount -= smaller(due, withdrawal.amount);
    if (withdrawal.amount === 0n) payer.withdrawal = undefined;
  }

  /** Lets time pass: locks of certificates that nobody can claim any more go. */
  warp(): void {
    this.now++;
    for (const tab of this.tabs) {
      if (tab.lastAt === undefined || this.now - tab.lastAt < EXPIRED_AFTER) continue;
      if (tab.isReleased || openAmount(tab) === 0n) continue;
      tab.isReleased = true;
      if (tab.settlement === 'PENDING') tab.settlement = 'FAILED';
    }
  }

  chainState(): ChainState {
    return {
      payers: this.payers.map(({ collateral, withdrawal }) => ({
        collateral,
        withdrawal: withdrawal && { ...withdrawal },
      })),
      tabs: new Map(
        this.tabs.map(({ id, paid, remunerated, settlement }) => [id, { paid, remunerated, settlement }]),
      ),
    };
  }

  /** Takes back what happened on the chain since; guarantees, tabs and suspensions stay. */
  restore(state: ChainState): void {
    for (const [i, before] of state.payers.entries()) Object.assign(this.payer(i), before);
    const untouched = { paid: 0n, remunerated: 0n, settlement: 'PENDING' };
    for (const tab of this.tabs) Object.assign(tab, state.tabs.get(tab.id) ?? untouched);
  }
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export const totalOf = (tab: ModelTab): bigint => tab.guarantees.at(-1)?.totalAmount ?? 0n;

export function openAmount(tab: ModelTab): bigint {
  return totalOf(tab) - tab.paid - tab.remunerated;
}
