import type {
  Address,
  RequestClaims,
  RequestClaimsV1,
  RequestClaimsV2,
  ValidationPolicy,
} from '@fourmica/core-types';
import { describe, expectTypeOf, it } from 'vitest';
import type { createValidatedRequestClaims, signRequestClaims } from './index.js';

describe('types', () => {
  it('version 2 claims without a policy do not compile', () => {
    expectTypeOf<Omit<RequestClaimsV1, 'version'> & { version: 2 }>().not.toExtend<RequestClaims>();
    expectTypeOf<RequestClaimsV2>().toExtend<ValidationPolicy>();
  });

  it('text is no address, an address is text', () => {
    expectTypeOf<string>().not.toExtend<Address>();
    expectTypeOf<`0x${string}`>().not.toExtend<Address>();
    expectTypeOf<Address>().toExtend<string>();
  });

  it('the builder of version 2 takes no hashes from outside', () => {
    type Policy = Parameters<typeof createValidatedRequestClaims>[1];
    expectTypeOf<Policy>().not.toHaveProperty('validationRequestHash');
    expectTypeOf<Policy>().not.toHaveProperty('validationSubjectHash');
  });

  it('another scheme does not compile', () => {
    expectTypeOf<Parameters<typeof signRequestClaims>[3]>().toEqualTypeOf<'eip712' | 'eip191' | undefined>();
  });
});
