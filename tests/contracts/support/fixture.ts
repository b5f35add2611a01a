import { deployCore4Mica, deployTestToken, deployTestValidationRegistry } from '@fourmica/contracts';
import {
  accessManagerAbi,
  core4MicaAbi,
  testUsdcAbi,
  testUsdtAbi,
  testValidationRegistryAbi,
  validationRegistryGuaranteeDecoderAbi,
} from '@fourmica/contracts/abi';
import type { ContractArtifact } from '@fourmica/contracts/artifacts';
import { Interface, ZeroAddress } from 'ethers';
import { publicKeyWords, secretKey } from './bls.js';
import { type Certificate, type Claims, certify, encodeClaims } from './certificates.js';
import type { Chain } from './chain.js';
import { Deployed } from './deployed.js';

export const ETH = ZeroAddress;
export const DAY = 86_400n;
export const HOUR = 3_600n;
export const REMUNERATION_GRACE = 14n * DAY;
export const TAB_EXPIRATION = 21n * DAY;
export const SYNCHRONIZATION_DELAY = 6n * HOUR;
export const WITHDRAWAL_GRACE = 22n * DAY;
export const OPERATOR_SECRET = secretKey('01');

/** Everything deployed with the default windows, and the accounts by what they do. */
export interface Fixture {
  readonly chain: Chain;
  readonly core: Deployed;
  readonly manager: Deployed;
  readonly decoder: Deployed;
  readonly registry: Deployed;
  readonly usdc: Deployed;
  readonly usdt: Deployed;
  readonly governance: string;
  readonly operator: string;
  readonly payer: string;
  readonly recipient: string;
  readonly outsider: string;
  readonly domain: string;
  /** Time of the deployment. Certificates carry it unless told otherwise. */
  readonly start: bigint;
  readonly claims: (overrides?: Partial<Claims>) => Claims;
  /** A version 1 certificate: 100 wei of tab 1 from payer to recipient, unless told otherwise. */
  readonly certificate: (overrides?: Partial<Claims>) => Certificate;
}

export async function deployFixture(chain: Chain, artifact?: ContractArtifact): Promise<Fixture> {
  const signer = chain.wallet(0);
  const registry = await deployTestValidationRegistry({ signer });
  const usdc = await deployTestToken({ signer, kind: 'usdc' });
  const usdt = await deployTestToken({ signer, kind: 'usdt' });
  const deployment = await deployCore4Mica({
    signer,
    verificationKey: publicKeyWords(OPERATOR_SECRET),
    stablecoins: [usdc.contractAddress, usdt.contractAddress],
    operator: chain.account(1),
    guaranteeV2: { trustedRegistries: [registry.contractAddress] },
    ...(artifact === undefined ? {} : { artifact }),
  });
  if (deployment.decoderAddress === undefined) throw new Error('the decoder was not deployed');

  const at = (address: string, abi: readonly object[]) => new Deployed(chain, address, new Interface(abi));
  const core = at(deployment.contractAddress, core4MicaAbi);
  const domain = (await core.get('guaranteeDomainSeparator')) as string;
  const start = await chain.now();
  const payer = chain.account(2);
  const recipient = chain.account(3);
  const claims = (overrides: Partial<Claims> = {}): Claims => ({
    domain,
    tabId: 1n,
    reqId: 0n,
    client: payer,
    recipient,
    amount: 100n,
    totalAmount: 100n,
    asset: ETH,
    timestamp: start,
    version: 1n,
    ...overrides,
  });
  return {
    chain,
    core,
    manager: at(deployment.managerAddress, accessManagerAbi),
    decoder: at(deployment.decoderAddress, validationRegistryGuaranteeDecoderAbi),
    registry: at(registry.contractAddress, testValidationRegistryAbi),
    usdc: at(usdc.contractAddress, testUsdcAbi),
    usdt: at(usdt.contractAddress, testUsdtAbi),
    governance: chain.account(0),
    operator: chain.account(1),
    payer,
    recipient,
    outsider: chain.account(4),
    domain,
    start,
    claims,
    certificate: (overrides) => certify(1n, encodeClaims(claims(overrides)), OPERATOR_SECRET),
  };
}

/** Gives `from` tokens, lets the contract take them, and deposits them. */
export async function depositToken(f: Fixture, token: Deployed, from: string, amount: bigint): Promise<void> {
  await token.sendAs(from, 'mint', [from, amount]);
  await token.sendAs(from, 'approve', [f.core.address, amount]);
  await f.core.sendAs(from, 'depositStablecoin', [token.address, amount]);
}

export const collateralOf = async (f: Fixture, user: string, asset = ETH): Promise<bigint> =>
  (await f.core.get('collateral(address,address)', user, asset)) as bigint;
