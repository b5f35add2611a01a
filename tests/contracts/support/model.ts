/**
 * What Core4Mica promises about money, written down once more without looking at its code: plain numbers in maps.
 * Every operation returns `success` or the error that the contract has to revert with.
 */
export interface Windows {
  readonly remunerationGrace: bigint;
  readonly tabExpiration: bigint;
  readonly synchronizationDelay: bigint;
  readonly withdrawalGrace: bigint;
}

export type Outcome = string;

interface Request {
  readonly at: bigint;
  readonly amount: bigint;
}

interface Tab {
  asset: string | undefined;
  paid: bigint;
  collected: bigint;
}

export interface Claim {
  readonly tab: bigint;
  readonly user: string;
  readonly asset: string;
  readonly total: bigint;
  readonly timestamp: bigint;
}

export class Model {
  private readonly balances = new Map<string, bigint>();
  private readonly requests = new Map<string, Request>();
  private readonly tabs = new Map<bigint, Tab>();
  private readonly payments = new Map<bigint, string>();
  private readonly largestTotal = new Map<bigint, bigint>();
  private readonly received = new Map<string, bigint>();

  constructor(private readonly windows: Windows) {}

  collateral(user: string, asset: string): bigint {
    return this.balances.get(key(user, asset)) ?? 0n;
  }

  pending(user: string, asset: string): Request {
    return this.requests.get(key(user, asset)) ?? { at: 0n, amount: 0n };
  }

  tab(id: bigint): Tab {
    return this.tabs.get(id) ?? { asset: undefined, paid: 0n, collected: 0n };
  }

  /** What recipients got out of collateral, per asset. */
  collectedIn(asset: string): bigint {
    return this.received.get(asset) ?? 0n;
  }

  largestTotalOf(tab: bigint): bigint {
    return this.largestTotal.get(tab) ?? 0n;
  }

  deposit(user: string, asset: string, amount: bigint): Outcome {
    if (amount === 0n) return 'AmountZero';
    this.add(user, asset, amount);
    return 'success';
  }

  requestWithdrawal(now: bigint, user: string, asset: string, amount: bigint): Outcome {
    if (amount === 0n) return 'AmountZero';
    if (amount > this.collateral(user, asset)) return 'InsufficientAvailable';
    this.requests.set(key(user, asset), { at: now, amount });
    return 'success';
  }

  cancelWithdrawal(user: string, asset: string): Outcome {
    return this.requests.delete(key(user, asset)) ? 'success' : 'NoWithdrawalRequested';
  }

  finalizeWithdrawal(now: bigint, user: string, asset: string): Outcome {
    const request = this.requests.get(key(user, asset));
    if (request === undefined) return 'NoWithdrawalRequested';
    if (now < request.at + this.windows.withdrawalGrace) return 'GracePeriodNotElapsed';
    this.requests.delete(key(user, asset));
    this.add(user, asset, -smaller(request.amount, this.collateral(user, asset)));
    return 'success';
  }

  recordPayment(paymentId: bigint, tabId: bigint, asset: string, amount: bigint): Outcome {
    if (amount === 0n) return 'AmountZero';
    const tab = this.tab(tabId);
    if (isBoundToOther(tab, asset)) return 'InvalidAsset';
    const values = `${tabId}/${asset}/${amount}`;
    const before = this.payments.get(paymentId);
    if (before !== undefined) return before === values ? 'success' : 'PaymentRecordConflict';
    this.payments.set(paymentId, values);
    this.tabs.set(tabId, { ...tab, asset, paid: tab.paid + amount });
    return 'success';
  }

  remunerate(now: bigint, { tab: tabId, user, asset, total, timestamp }: Claim): Outcome {
    if (total === 0n) return 'AmountZero';
    if (now < timestamp + this.windows.remunerationGrace) return 'TabNotYetOverdue';
    if (now > timestamp + this.windows.tabExpiration) return 'TabExpired';
    const tab = this.tab(tabId);
    if (isBoundToOther(tab, asset)) return 'InvalidAsset';
    const due = total - tab.paid - tab.collected;
    if (due <= 0n) return tab.collected > 0n ? 'TabPreviouslyRemunerated' : 'TabAlreadyPaid';
    if (due > this.collateral(user, asset)) return 'DoubleSpendingDetected';

    this.add(user, asset, -due);
    this.received.set(asset, this.collectedIn(asset) + due);
    this.tabs.set(tabId, { ...tab, asset, collected: tab.collected + due });
    if (total > this.largestTotalOf(tabId)) this.largestTotal.set(tabId, total);
    const request = this.requests.get(key(user, asset));
    if (request !== undefined && timestamp < request.at + this.windows.synchronizationDelay) {
      if (request.amount <= due) this.requests.delete(key(user, asset));
      else this.requests.set(key(user, asset), { ...request, amount: request.amount - due });
    }
    return 'success';
  }

  private add(user: string, asset: string, amount: bigint): void {
    this.balances.set(key(user, asset), this.collateral(user, asset) + amount);
  }
}

const key = (user: string, asset: string) => `${user}/${asset}`;
const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
const isBoundToOther = (tab: Tab, asset: string) =>
  (tab.paid > 0n || tab.collected > 0n) && tab.asset !== asset;
