import {
  assertCanonicalValidation,
  computeValidationRequestHash,
  computeValidationSubjectHash,
} from '@fourmica/eip712-claims';
import type { ValidationHashVector } from '@fourmica/test-vectors';
import { intentOf, unhashedPolicyOf } from '../claims.js';
import { type Case, describeError } from '../report.js';

export const validationHashCase = (vector: ValidationHashVector): Case => ({
  name: vector.name,
  run(compare) {
    const intent = intentOf(vector.subject);
    const validationSubjectHash = computeValidationSubjectHash(intent);
    compare('validationSubjectHash', vector.validationSubjectHash, validationSubjectHash);
    const policy = { ...unhashedPolicyOf(vector.policy), validationSubjectHash };
    if (!vector.valid) {
      compare(
        'no request hash',
        'refused',
        outcomeOf(() => computeValidationRequestHash(policy)),
      );
      return;
    }
    const validationRequestHash = computeValidationRequestHash(policy);
    compare('validationRequestHash', vector.validationRequestHash, validationRequestHash);
    assertCanonicalValidation({ ...intent, ...policy, validationRequestHash });
  },
});

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return describeError(error).startsWith('INVALID_VALUE: minValidationScore')
      ? 'refused'
      : describeError(error);
  }
}
