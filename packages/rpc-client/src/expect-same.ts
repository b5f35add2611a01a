import { describeValue, type GuaranteeInfo } from '@fourmica/core-types';
import { RpcError, type RpcErrorContext } from './errors.js';

/**
 * Checks that an answer speaks of what was asked for, because a debt would otherwise be signed on another tab.
 *
 * @throws RpcError `RPC_RESPONSE_INVALID` naming the member.
 */
export function expectSame<Answer extends object>(
  facts: RpcErrorContext,
  answer: Answer,
  expected: Partial<Answer>,
): Answer {
  for (const [member, value] of Object.entries(expected)) {
    const got = (answer as Readonly<Record<string, unknown>>)[member];
    if (got === value) continue;
    throw new RpcError(
      'RPC_RESPONSE_INVALID',
      `response.${member}: expected ${describeValue(value)} as in the request, got ${describeValue(got)} (${facts.method} ${facts.url})`,
      { ...facts, field: `response.${member}` },
    );
  }
  return answer;
}

/** Checks that every guarantee of a list belongs to the tab that was asked for. */
export function expectSameTab(
  facts: RpcErrorContext,
  guarantees: readonly GuaranteeInfo[],
  tabId: bigint,
): readonly GuaranteeInfo[] {
  for (const guarantee of guarantees) expectSame(facts, guarantee, { tabId });
  return guarantees;
}
