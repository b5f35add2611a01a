import { deployTestToken } from '@fourmica/contracts';
import { testUsdcAbi } from '@fourmica/contracts/abi';
import { type Address, parseAddress } from '@fourmica/core-types';
import { Contract, Interface, type JsonRpcProvider, type Provider, type Wallet } from 'ethers';

/** Deploys a token with six decimals; the deployer's key is one of anvil's own. */
export async function deployToken(signer: Wallet, kind: 'usdc' | 'usdt'): Promise<Address> {
  const { contractAddress } = await deployTestToken({ signer, kind });
  return parseAddress(contractAddress);
}

export async function mint(signer: Wallet, token: Address, to: Address, amount: bigint): Promise<void> {
  const contract = new Contract(token, testUsdcAbi, signer);
  const transaction = await contract.getFunction('mint').send(to, amount);
  await transaction.wait();
}

export const balanceOf = async (provider: Provider, token: Address, owner: string): Promise<bigint> =>
  new Contract(token, testUsdcAbi, { provider }).getFunction('balanceOf').staticCall(owner);

/**
 * Lets an account send the same call to a contract several times in one transaction: its code becomes a loop-free
 * forwarder, as a delegating account has one.
 */
export async function callSeveralTimes(
  provider: JsonRpcProvider,
  account: string,
  target: string,
  calldata: string,
  times: number,
  sender: Wallet,
): Promise<void> {
  const copyCalldata = '366000600037';
  const callTarget = `60006000366000600073${target.slice(2)}5af150`;
  await provider.send('anvil_setCode', [account, `0x${copyCalldata}${callTarget.repeat(times)}00`]);
  const transaction = await sender.sendTransaction({ to: account, data: calldata, gasLimit: 1_000_000n });
  const receipt = await transaction.wait();
  await provider.send('anvil_setCode', [account, '0x']);
  if (receipt?.status !== 1) throw new Error('the forwarded calls failed');
}

export const payTabCalldata = (tabId: bigint, token: Address, amount: bigint, recipient: Address): string =>
  new Interface(['function payTabInERC20Token(uint256,address,uint256,address)']).encodeFunctionData(
    'payTabInERC20Token',
    [tabId, token, amount, recipient],
  );
