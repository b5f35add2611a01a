import { describe, expect, it } from 'vitest';
import { compare, type Expectation, readExpectations } from './expectations.js';
import type { StepReport } from './run-flows.js';

const expected = (more: Partial<Expectation> = {}): Expectation => ({
  flow: 'session',
  step: 'log in',
  outcome: 'AuthError',
  message: 'not enabled',
  ...more,
});
const reported = (more: Partial<StepReport> = {}): StepReport => ({
  flow: 'session',
  step: 'log in',
  outcome: 'AuthError',
  message: 'auth is not enabled here',
  ms: 1,
  ...more,
});
const differences = (expectations: Expectation[], reports: StepReport[], isLoginRequired = false) =>
  compare(expectations, reports, isLoginRequired).map(({ difference }) => difference);

describe('what came out of the steps', () => {
  it('is as expected when class and part of the message agree', () => {
    expect(differences([expected()], [reported()])).toEqual([undefined]);
  });

  it.each([
    ['another class', reported({ outcome: 'RpcError' }), 'expected AuthError, found RpcError'],
    ['success instead of an error', reported({ outcome: 'ok', message: '' }), 'expected AuthError, found ok'],
    ['another message', reported({ message: 'unknown' }), 'expected a message with "not enabled"'],
  ])('differs by %s', (_what, report, difference) => {
    expect(differences([expected()], [report])).toEqual([expect.stringContaining(difference)]);
  });

  it('differs by a step that did not run, and by one that nobody expects', () => {
    expect(differences([expected()], [reported({ step: 'log out' })])).toEqual([
      'the step did not run',
      'a step without an expectation',
    ]);
  });

  it('may be another one where a login is required', () => {
    const expectation = expected({ loginRequired: { outcome: 'ok' } });
    expect(differences([expectation], [reported({ outcome: 'ok', message: '' })], true)).toEqual([undefined]);
    expect(differences([expectation], [reported()], true)).toEqual([expect.stringContaining('expected ok')]);
  });
});

describe('expected.json', () => {
  it('names every step once, and what an error says', async () => {
    const expectations = await readExpectations(new URL('../expected.json', import.meta.url));
    const names = expectations.map(({ flow, step }) => `${flow}: ${step}`);
    expect(new Set(names).size).toBe(names.length);
    const silent = expectations.filter(
      ({ outcome, message }) => (outcome === 'ok') !== (message === undefined),
    );
    expect(silent).toEqual([]);
  });
});
