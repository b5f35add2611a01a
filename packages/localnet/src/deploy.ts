import { loadBls } from '@fourmica/bls-cert';
import { deployCore4Mica, deployTestToken, deployTestValidationRegistry } from '@fourmica/contracts';
import { testUsdcAbi } from '@fourmica/contracts/abi';
import { type Address, hexToBytes, parseAddress } from '@fourmica/core-types';
import { Contract, type JsonRpcProvider, type Signer, Wallet } from 'ethers';
import { LOCAL_BLS_SECRET_KEY, type LocalAccounts } from './accounts.js';
import type { LocalnetTiming } from './localnet.js';

/** The contracts of a local network. */
export interface LocalContracts {
  readonly core4Mica: Address;
  /** Block in which {@link LocalContracts.core4Mica} was deployed. */
  readonly deployBlock: number;
  /** Test tokens with six decimals; anybody may mint. */
  readonly tokens: {
    readonly usdc: Address;
    /** Returns nothing from transfers and approvals, as old tokens do. */
    readonly usdt: Address;
  };
  /** ERC-8004 registry that validations of version 2 guarantees are read from; anybody may answer. */
  readonly validationRegistry: Address;
}

/** Tokens that the payer starts with: 10,000 of each, in base units. */
const MINTED = 10_000_000_000n;

/** Deploys every contract of a local network, with guarantee versions 1 and 2 enabled, and mints tokens to the payer. */
export async function deployContracts(
  provider: JsonRpcProvider,
  accounts: LocalAccounts,
  timing: LocalnetTiming,
): Promise<LocalContracts> {
  const signer = new Wallet(accounts.operator.privateKey, provider);
  const bls = await loadBls();
  const verificationKey = bls.publicKeyToWords(bls.publicKeyOf(hexToBytes(LOCAL_BLS_SECRET_KEY)));

  const usdc = addressOf(await deployTestToken({ signer, kind: 'usdc' }));
  const usdt = addressOf(await deployTestToken({ signer, kind: 'usdt' }));
  const validationRegistry = addressOf(await deployTestValidationRegistry({ signer }));
  const core = await deployCore4Mica({
    signer,
    verificationKey,
    stablecoins: [usdc, usdt],
    operator: accounts.operator.address,
    timing,
    guaranteeV2: { trustedRegistries: [validationRegistry] },
  });
  for (const token of [usdc, usdt]) await mint(signer, token, accounts.payer.address);
  return {
    core4Mica: addressOf(core),
    deployBlock: core.deployBlock,
    tokens: { usdc, usdt },
    validationRegistry,
  };
}

const addressOf = ({ contractAddress }: { contractAddress: string }): Address =>
  parseAddress(contractAddress, 'contractAddress');

async function mint(signer: Signer, token: Address, to: Address): Promise<void> {
  const sent = await new Contract(token, testUsdcAbi, signer).getFunction('mint').send(to, MINTED);
  await sent.wait();
}
