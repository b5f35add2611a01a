import type { Eip712Domain, Eip712Types, EvmSigner, Hex } from '@fourmica/core-types';
import { parseAddress } from '@fourmica/core-types';

/** The part of an ethers v6 `Signer` that is used. */
export interface EthersSigner {
  getAddress(): Promise<string>;
  signTypedData(
    domain: { name: string; version: string; chainId: bigint },
    types: Record<string, { name: string; type: string }[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
  signMessage(message: string | Uint8Array): Promise<string>;
}

/** Makes a signer of an ethers v6 `Signer` (a `Wallet`, a browser wallet, a hardware wallet). */
export async function fromEthers(signer: EthersSigner): Promise<EvmSigner> {
  return {
    address: parseAddress(await signer.getAddress(), 'signer.address'),
    signTypedData: async (domain: Eip712Domain, types: Eip712Types, message): Promise<Hex> =>
      (await signer.signTypedData({ ...domain }, mutableTypes(types), { ...message })) as Hex,
    signMessage: async (message): Promise<Hex> => (await signer.signMessage(message)) as Hex,
  };
}

const mutableTypes = (types: Eip712Types): Record<string, { name: string; type: string }[]> =>
  Object.fromEntries(
    Object.entries(types).map(([name, members]) => [name, members.map((member) => ({ ...member }))]),
  );
