import { type Address, type Hex, parseAddress } from '@fourmica/core-types';
import { HDNodeWallet, Mnemonic } from 'ethers';

/** A funded account of the local network. Its key is public: never use it anywhere else. */
export interface LocalAccount {
  readonly address: Address;
  readonly privateKey: Hex;
}

const PUBLIC_TEST_MNEMONIC = 'test test test test test test test test test test test junk';

/** Derives account `index` of the mnemonic with which anvil funds its accounts (BIP-44, m/44'/60'/0'/0/index). */
export function localAccount(index: number): LocalAccount {
  const wallet = HDNodeWallet.fromMnemonic(
    Mnemonic.fromPhrase(PUBLIC_TEST_MNEMONIC),
    `m/44'/60'/0'/0/${index}`,
  );
  return { address: parseAddress(wallet.address), privateKey: wallet.privateKey as Hex };
}

/** The accounts of a local network by role. */
export interface LocalAccounts {
  /** Deploys and governs the contract, and records payments for the core. */
  readonly operator: LocalAccount;
  readonly payer: LocalAccount;
  readonly recipient: LocalAccount;
  /** Logs in to the core for the facilitator. */
  readonly facilitator: LocalAccount;
  /** Answers validation requests of version 2 guarantees. */
  readonly validator: LocalAccount;
}

/** Derives the account of every role; they are the same at every start. */
export const localAccounts = (): LocalAccounts => ({
  operator: localAccount(0),
  payer: localAccount(1),
  recipient: localAccount(2),
  facilitator: localAccount(3),
  validator: localAccount(4),
});

/** BLS12-381 secret key of the local operator: 32 times the byte 1, public like every key here. */
export const LOCAL_BLS_SECRET_KEY: Hex = `0x${'01'.repeat(32)}`;
