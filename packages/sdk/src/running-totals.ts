import { VerificationError } from '@fourmica/bls-cert';
import type { CertificateClaims } from '@fourmica/core-types';

type Position = Pick<CertificateClaims, 'tabId' | 'reqId' | 'amount' | 'totalAmount'>;

/** Tabs that are remembered; the one that was seen longest ago is forgotten first. */
const MAX_TABS = 10_000;

/**
 * Remembers the newest certificate of each tab. Certificates are cumulative, and only the newest one is collected: one
 * whose running total leaves something out would cost the recipient what it leaves out.
 */
export class RunningTotals {
  readonly #newest = new Map<bigint, Position>();

  /**
   * Checks a certificate against the others of its tab, in whatever order they come.
   *
   * @throws VerificationError `CERTIFICATE_DIFFERS_FROM_REQUEST` naming `totalAmount`.
   */
  check(certificate: Position): void {
    const { tabId, reqId, amount, totalAmount } = certificate;
    const newest = this.#newest.get(tabId);
    if (amount === 0n) throw implausible(certificate, 'amount', 'more than 0', amount);
    requireTotal(certificate, totalAmount >= amount, `at least ${amount}`);
    if (reqId === 0n)
      requireTotal(certificate, totalAmount === amount, `${amount}, the first amount of the tab`);
    if (newest !== undefined) checkAgainst(newest, certificate);
    if (newest !== undefined && newest.reqId > reqId) return;
    this.#newest.delete(tabId);
    this.#newest.set(tabId, { tabId, reqId, amount, totalAmount });
    const [oldest] = this.#newest.keys();
    if (this.#newest.size > MAX_TABS && oldest !== undefined) this.#newest.delete(oldest);
  }
}

function checkAgainst(newest: Position, certificate: Position): void {
  const { reqId, amount, totalAmount } = certificate;
  const distance = reqId - newest.reqId;
  if (distance === 0n) {
    requireTotal(certificate, totalAmount === newest.totalAmount, `${newest.totalAmount} as before`);
  } else if (distance > 0n) {
    const least = newest.totalAmount + amount;
    const isWhole = distance === 1n ? totalAmount === least : totalAmount > least;
    requireTotal(certificate, isWhole, distance === 1n ? `${least}` : `more than ${least}`);
  } else {
    const most = newest.totalAmount - newest.amount;
    const isWhole = distance === -1n ? totalAmount === most : totalAmount < most;
    requireTotal(certificate, isWhole, distance === -1n ? `${most}` : `less than ${most}`);
  }
}

function requireTotal(certificate: Position, isPlausible: boolean, expected: string): void {
  if (!isPlausible) throw implausible(certificate, 'totalAmount', expected, certificate.totalAmount);
}

const implausible = (
  { tabId, reqId }: Position,
  member: 'amount' | 'totalAmount',
  expected: string,
  certified: bigint,
): VerificationError =>
  new VerificationError(
    'CERTIFICATE_DIFFERS_FROM_REQUEST',
    `certificate.${member}: expected ${expected}, got ${certified}; do not accept it, it leaves out or adds a payment of the tab`,
    { member, expected, certified, tabId, reqId },
  );
