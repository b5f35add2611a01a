import { NETWORKS, parseNetwork, shortNameOfNetwork } from '@fourmica/core-types';
import { parsed } from '../parsed.js';

const WILDCARD = 'eip155:*';

/** Lists the version 1 names of networks; a pattern stands for all networks that 4Mica runs on. */
export function shortNamesOf(networks: readonly string[]): readonly string[] {
  const concrete = networks.includes(WILDCARD) ? Object.values(NETWORKS).map(({ caip2 }) => caip2) : networks;
  return concrete.flatMap((network) => {
    const caip2 = parsed(parseNetwork, network);
    const name = caip2 === undefined ? undefined : shortNameOfNetwork(caip2);
    return caip2 === undefined ? [] : [caip2, ...(name === undefined ? [] : [name])];
  });
}
