import {
  type Address,
  type Caip2,
  parseAddress,
  parseNetwork,
  parseU256,
  type UintLike,
  ValidationError,
} from '@fourmica/core-types';
import { X402Error } from '../errors.js';
import type { CreditOffer } from '../offer.js';

/** What may be spent in one asset. Amounts are in base units of the asset (wei for ETH). */
export interface AssetLimit {
  /** Token contract; the zero address is ETH. */
  readonly asset: string;
  readonly maxPerRequest: UintLike;
  /** Largest debt that signatures on one tab may add up to. */
  readonly maxPerTab?: UintLike | undefined;
  /** Largest sum within {@link SpendingPolicy.windowSeconds}, over all tabs. */
  readonly maxPerWindow?: UintLike | undefined;
}

/**
 * What a payer is willing to sign. Offers come from the server, so that a server could ask for anything; only what
 * this policy allows is signed.
 */
export interface SpendingPolicy {
  /** Assets that may be spent; every other asset is refused. */
  readonly assets: readonly AssetLimit[];
  /** Length of the window of `maxPerWindow` in seconds; default one day. */
  readonly windowSeconds?: number | undefined;
  /** Recipients that may be paid; absent = all. */
  readonly recipients?: readonly string[] | undefined;
  /** Networks that may be used, as CAIP-2 ids or known names; absent = the signer's. */
  readonly networks?: readonly string[] | undefined;
  /** Longest accepted life of a tab in seconds; absent = what the server gives. */
  readonly maxTtlSeconds?: number | undefined;
}

interface ParsedLimit {
  readonly maxPerRequest: bigint;
  readonly maxPerTab: bigint | undefined;
  readonly maxPerWindow: bigint | undefined;
}

/** A {@link SpendingPolicy} whose members were checked. */
export interface ParsedSpendingPolicy {
  readonly limits: ReadonlyMap<Address, ParsedLimit>;
  readonly windowSeconds: number;
  readonly recipients: ReadonlySet<Address> | undefined;
  readonly networks: ReadonlySet<Caip2> | undefined;
  readonly maxTtlSeconds: number | undefined;
}

const ONE_DAY = 86_400;

/**
 * Checks a spending policy.
 *
 * @throws ValidationError naming the member that is wrong.
 */
export function parseSpendingPolicy(policy: SpendingPolicy): ParsedSpendingPolicy {
  if (policy.assets.length === 0) {
    throw new ValidationError('policy.assets', policy.assets, 'at least one asset with a limit');
  }
  return {
    limits: new Map(policy.assets.map(parseLimit)),
    windowSeconds: parseDuration(policy.windowSeconds, 'policy.windowSeconds') ?? ONE_DAY,
    recipients:
      policy.recipients && new Set(policy.recipients.map((text) => parseAddress(text, 'policy.recipients'))),
    networks:
      policy.networks && new Set(policy.networks.map((text) => parseNetwork(text, 'policy.networks'))),
    maxTtlSeconds: parseDuration(policy.maxTtlSeconds, 'policy.maxTtlSeconds'),
  };
}

function parseLimit(limit: AssetLimit, index: number): [Address, ParsedLimit] {
  const field = `policy.assets.${index}`;
  const optional = (value: UintLike | undefined, name: string) =>
    value === undefined ? undefined : parseU256(value, `${field}.${name}`);
  return [
    parseAddress(limit.asset, `${field}.asset`),
    {
      maxPerRequest: parseU256(limit.maxPerRequest, `${field}.maxPerRequest`),
      maxPerTab: optional(limit.maxPerTab, 'maxPerTab'),
      maxPerWindow: optional(limit.maxPerWindow, 'maxPerWindow'),
    },
  ];
}

function parseDuration(value: number | undefined, field: string): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new ValidationError(field, value, 'a whole number of seconds above 0');
}

/** Why a policy forbids a payment. */
export interface PolicyProblem {
  /** Member of the {@link SpendingPolicy}, such as `policy.maxPerRequest`. */
  readonly field: string;
  readonly reason: string;
  /** What would be spent, in base units; with {@link allowed}. */
  readonly amount?: bigint;
  /** What the policy allows, in base units. */
  readonly allowed?: bigint;
}

/** Tells why a policy forbids an offer whatever was spent before; undefined when it does not. */
export function offerProblem(policy: ParsedSpendingPolicy, offer: CreditOffer): PolicyProblem | undefined {
  const { asset, amount, payTo, network } = offer;
  const limit = policy.limits.get(asset);
  if (limit === undefined) {
    return { field: 'policy.assets', reason: `asset ${asset} is not among the allowed assets` };
  }
  const { maxPerRequest: allowed } = limit;
  if (amount === 0n) {
    return {
      field: 'policy.maxPerRequest',
      reason: 'the amount is zero, which cannot be guaranteed',
      amount,
      allowed,
    };
  }
  if (amount > allowed) {
    const reason = `${amount} base units are more than the ${allowed} allowed per request`;
    return { field: 'policy.maxPerRequest', reason, amount, allowed };
  }
  if (policy.recipients?.has(payTo) === false) {
    return { field: 'policy.recipients', reason: `recipient ${payTo} is not allowed` };
  }
  if (policy.networks?.has(network) === false) {
    return { field: 'policy.networks', reason: `network ${network} is not allowed` };
  }
  return undefined;
}

/** Tells why a policy forbids a tab; undefined when it does not. */
export function tabProblem(
  { maxTtlSeconds }: ParsedSpendingPolicy,
  ttlSeconds: number | undefined,
): PolicyProblem | undefined {
  if (maxTtlSeconds === undefined) return undefined;
  const field = 'policy.maxTtlSeconds';
  if (ttlSeconds === undefined) {
    return { field, reason: 'the tab endpoint does not tell the life of the tab' };
  }
  return ttlSeconds > maxTtlSeconds
    ? { field, reason: `the tab lives ${ttlSeconds} s, but at most ${maxTtlSeconds} s are allowed` }
    : undefined;
}

/** Says that a payer's own policy forbids a payment; the context is about the first problem. */
export function policyError(problems: readonly PolicyProblem[]): X402Error {
  const reasons = problems.map(({ reason }) => reason).join('; ');
  const { reason, ...context } = problems[0] ?? {};
  return new X402Error(
    'SPENDING_POLICY',
    `the spending policy forbids this payment: ${reasons}; nothing was signed. Change the policy if you want to pay`,
    context,
  );
}
