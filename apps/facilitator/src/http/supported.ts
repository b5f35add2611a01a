import { type Caip2, shortNameOfNetwork } from '@fourmica/core-types';
import type { FacilitatedNetwork } from '../network/facilitated-network.js';

/** An entry of `/supported`. */
export interface SupportedKind {
  readonly scheme: string;
  readonly network: string;
  readonly x402Version: number;
}

/**
 * Lists one kind per network and guarantee version of its core, with that number as the x402 version: a resource server
 * may then offer whatever that x402 version can carry, and x402 version 2 can carry validation policies, which need
 * guarantee version 2. Version 1 stands under the short name of the network too.
 */
export const supportedKinds = (networks: readonly FacilitatedNetwork[], scheme: string): SupportedKind[] =>
  networks.flatMap(({ network, known }) =>
    (known?.versions ?? []).flatMap((x402Version) =>
      namesOf(network, x402Version).map((name) => ({ scheme, network: name, x402Version })),
    ),
  );

function namesOf(network: Caip2, x402Version: number): string[] {
  const shortName = x402Version === 1 ? shortNameOfNetwork(network) : undefined;
  return shortName === undefined ? [network] : [network, shortName];
}
