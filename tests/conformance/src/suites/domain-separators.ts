import { guaranteeDomain } from '@fourmica/bls-cert';
import { parseWireAddress } from '@fourmica/core-types';
import type { DomainSeparatorVector } from '@fourmica/test-vectors';
import type { Case } from '../report.js';

export const domainSeparatorCase = (vector: DomainSeparatorVector): Case => ({
  name: vector.name,
  run(compare) {
    const contract = parseWireAddress(vector.contractAddress);
    const domain = guaranteeDomain(vector.version, BigInt(vector.chainId), contract);
    compare('domainSeparator', vector.domainSeparator, domain);
  },
});
