import { type Address, type Hex, MAX_U256 } from '@fourmica/core-types';
import type { Provider } from 'ethers';
import { erc20 } from './abi.js';
import { type BlockTag, ContractReader } from './contract-reader.js';
import { ContractError } from './errors.js';
import type {
  GatewayReceipt,
  OutgoingCall,
  TransactionOptions,
  TransactionSender,
} from './transaction-sender.js';

/** Some tokens keep allowances in 96 bits and read "unlimited" as the largest 96-bit number. */
const UNLIMITED_IN_96_BITS = (1n << 96n) - 1n;

/** Reads how much of a token the contract may take from an account, in base units. */
export async function readAllowance(
  provider: Provider,
  token: Address,
  owner: Address,
  spender: Address,
  blockTag: BlockTag = 'latest',
): Promise<bigint> {
  const [allowance] = await new ContractReader(provider, token, erc20).read(
    'allowance',
    [owner, spender],
    blockTag,
  );
  return allowance;
}

/**
 * Sets an allowance and reads it back. Tokens in the manner of USDT refuse to change an allowance that is not zero:
 * only when the simulation shows exactly that, the allowance is set to zero first.
 *
 * @throws ContractError when the token refuses, or `ALLOWANCE_NOT_SET` when it keeps another allowance.
 */
export async function approve(
  provider: Provider,
  sender: TransactionSender,
  token: Address,
  spender: Address,
  amount: bigint,
  options: TransactionOptions,
): Promise<GatewayReceipt> {
  if (await needsReset(provider, sender, token, spender, amount)) {
    await sender.send(approvalCall(token, spender, 0n), options);
  }
  const receipt = await sender.send(approvalCall(token, spender, amount), options);
  const allowance = await readAllowance(provider, token, sender.address, spender, receipt.blockNumber);
  if (allowance >= amount || (amount === MAX_U256 && allowance >= UNLIMITED_IN_96_BITS)) return receipt;
  throw new ContractError(
    'ALLOWANCE_NOT_SET',
    `approve: the token ${token} reports an allowance of ${allowance} instead of ${amount}; check that the address is a token`,
    { token, spender, allowance, amount, transactionHash: receipt.transactionHash, operation: 'approve' },
  );
}

async function needsReset(
  provider: Provider,
  sender: TransactionSender,
  token: Address,
  spender: Address,
  amount: bigint,
): Promise<boolean> {
  const refusal = await refusalOf(sender.simulate(approvalCall(token, spender, amount)));
  if (refusal === undefined) return false;
  if (amount === 0n || !isRevert(refusal)) throw refusal;
  const allowance = await readAllowance(provider, token, sender.address, spender);
  const resetRefusal = await refusalOf(sender.simulate(approvalCall(token, spender, 0n)));
  if (allowance === 0n || resetRefusal !== undefined) throw refusal;
  return true;
}

/** Reverts are told from other failures by the code, so that an unreachable node is not read as a refusal. */
const isRevert = (error: ContractError): boolean =>
  error.errorName !== undefined || error.code === 'UNKNOWN_REVERT';

async function refusalOf(simulation: Promise<unknown>): Promise<ContractError | undefined> {
  try {
    await simulation;
    return undefined;
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
}

const approvalCall = (token: Address, spender: Address, amount: bigint): OutgoingCall => ({
  operation: 'approve',
  to: token,
  data: erc20.encodeFunctionData('approve', [spender, amount]) as Hex,
});
