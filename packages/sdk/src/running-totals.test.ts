import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunningTotals } from './running-totals.js';

/** The certificates that an honest core issues for these amounts. */
const certificatesOf = (amounts: readonly bigint[], tabId = 1n) => {
  let totalAmount = 0n;
  return amounts.map((amount, index) => {
    totalAmount += amount;
    return { tabId, reqId: BigInt(index), amount, totalAmount };
  });
};

const amounts = fc.array(fc.bigInt({ min: 1n, max: 1000n }), { minLength: 2, maxLength: 12 });

test('what an honest core issues passes in any order', () => {
  fc.assert(
    fc.property(
      amounts.chain((list) => fc.shuffledSubarray(certificatesOf(list), { minLength: 1 })),
      (certificates) => {
        const totals = new RunningTotals();
        for (const certificate of certificates) totals.check(certificate);
        for (const certificate of certificates) totals.check(certificate);
      },
    ),
  );
});

test('a total that leaves a payment out, or adds one, is refused when its predecessor is known', () => {
  fc.assert(
    fc.property(amounts, fc.bigInt({ min: -1000n, max: 1000n }), (list, error) => {
      fc.pre(error !== 0n);
      const totals = new RunningTotals();
      const certificates = certificatesOf(list);
      const last = certificates.pop();
      for (const certificate of certificates) totals.check(certificate);
      if (last === undefined) throw new Error('no certificate');
      expect(() => totals.check({ ...last, totalAmount: last.totalAmount + error })).toThrow(/totalAmount/);
      totals.check(last);
    }),
  );
});

test.each([
  ['of the first request', [], { reqId: 0n, amount: 5n, totalAmount: 6n }],
  [
    'of a later request, with unknown ones between',
    [{ reqId: 0n, amount: 5n, totalAmount: 5n }],
    { reqId: 2n, amount: 5n, totalAmount: 10n },
  ],
  [
    'of an earlier request',
    [{ reqId: 3n, amount: 5n, totalAmount: 20n }],
    { reqId: 1n, amount: 5n, totalAmount: 16n },
  ],
  [
    'of the same request',
    [{ reqId: 3n, amount: 5n, totalAmount: 20n }],
    { reqId: 3n, amount: 5n, totalAmount: 21n },
  ],
])('a wrong total %s is refused', (_, known, wrong) => {
  const totals = new RunningTotals();
  for (const certificate of known) totals.check({ tabId: 1n, ...certificate });
  expect(() => totals.check({ tabId: 1n, ...wrong })).toThrow(
    expect.objectContaining({ code: 'CERTIFICATE_DIFFERS_FROM_REQUEST' }),
  );
  totals.check({ tabId: 2n, ...wrong, totalAmount: wrong.reqId === 0n ? wrong.amount : wrong.totalAmount });
});
