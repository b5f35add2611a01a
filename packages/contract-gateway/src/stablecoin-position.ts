import { type Address, ETH_ASSET, parseAddress, ValidationError } from '@fourmica/core-types';
import type { Provider } from 'ethers';
import { core4Mica, core4MicaExtensions } from './abi.js';
import { ContractReader } from './contract-reader.js';

/** A payer's collateral in one token, with what it has earned. Amounts in base units. */
export interface StablecoinPosition {
  readonly asset: Address;
  /** What was paid in. */
  readonly principal: bigint;
  /** What may back guarantees. */
  readonly guaranteeCapacity: bigint;
  /** What a withdrawal would pay out. */
  readonly withdrawable: bigint;
  /** Lending token that holds the collateral; undefined when the contract holds it itself. */
  readonly aToken: Address | undefined;
  /** What the collateral has earned; zero when the contract does not lend it out. */
  readonly grossYield: bigint;
  /** Part of the yield that goes to the protocol. */
  readonly protocolYieldShare: bigint;
  /** Part of the yield that goes to the payer. */
  readonly netYield: bigint;
}

/**
 * Reads a {@link StablecoinPosition}.
 *
 * @throws ValidationError for ETH, which is never lent out.
 * @throws ContractError `UNSUPPORTED_ASSET` for a token that the contract does not take.
 */
export async function readStablecoinPosition(
  provider: Provider,
  contract: Address,
  user: Address,
  asset: Address,
): Promise<StablecoinPosition> {
  if (asset === ETH_ASSET) throw new ValidationError('token', asset, 'a token contract; ETH earns nothing');
  const base = new ContractReader(provider, contract, core4Mica);
  const amount = async (reader: ContractReader, name: string): Promise<bigint> =>
    (await reader.read(name, [user, asset]))[0];
  const [[lendingToken], principal, guaranteeCapacity, withdrawable] = await Promise.all([
    base.read('stablecoinAToken', [asset]),
    amount(base, 'principalBalance'),
    amount(base, 'guaranteeCapacity'),
    amount(base, 'withdrawableBalance'),
  ]);
  const held = { asset, principal, guaranteeCapacity, withdrawable };
  const aToken = parseAddress(lendingToken, 'aToken');
  if (aToken === ETH_ASSET) {
    return { ...held, aToken: undefined, grossYield: 0n, protocolYieldShare: 0n, netYield: 0n };
  }
  const extensions = new ContractReader(provider, contract, core4MicaExtensions);
  const [grossYield, protocolYieldShare, netYield] = await Promise.all([
    amount(extensions, 'grossYield'),
    amount(extensions, 'protocolYieldShare'),
    amount(extensions, 'userNetYield'),
  ]);
  return { ...held, aToken, grossYield, protocolYieldShare, netYield };
}
