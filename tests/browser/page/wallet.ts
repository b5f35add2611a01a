import type { Eip1193Provider } from '@fourmica/sdk/payer';
import { hexToNumber, numberToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

type Hex = `0x${string}`;

/** What a wallet says when its user closes the dialogue (EIP-1193). */
const USER_REJECTED = { code: 4001, message: 'User rejected the request.' };

/** The wallet as the tests see it. */
export interface InjectedWallet extends Eip1193Provider {
  /** Methods that pages have called, in order. */
  readonly calls: string[];
  /** Methods that the user does not agree to. */
  refused: readonly string[];
}

/**
 * A wallet as an extension injects it: EIP-1193 requests come in, signatures of a real key go out. Only its user is
 * missing, who agrees at once unless told to refuse. Like other wallets it refuses typed data of another chain.
 */
export function createWallet(privateKey: Hex, chainId: number): InjectedWallet {
  const account = privateKeyToAccount(privateKey);
  const answers: Readonly<Record<string, (params: readonly string[]) => unknown>> = {
    eth_chainId: () => numberToHex(chainId),
    eth_requestAccounts: () => [account.address.toLowerCase()],
    personal_sign: ([message]) => account.signMessage({ message: { raw: message as Hex } }),
    eth_signTypedData_v4: ([, json = '']) => {
      const typedData = JSON.parse(json);
      const wanted = Number(typedData.domain.chainId);
      if (wanted !== hexToNumber(numberToHex(chainId)))
        throw { code: -32603, message: `chain ${wanted} is not active` };
      return account.signTypedData(typedData);
    },
  };
  const wallet: InjectedWallet = {
    calls: [],
    refused: [],
    request: async ({ method, params = [] }) => {
      wallet.calls.push(method);
      if (wallet.refused.includes(method)) throw USER_REJECTED;
      const answer = answers[method];
      if (answer === undefined) throw { code: 4200, message: `${method} is not supported` };
      return answer(params as readonly string[]);
    },
  };
  return wallet;
}
