import { core4MicaArtifact } from '@fourmica/contracts/artifacts';
import { getBytes } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chain } from './support/chain.js';
import { deployFixture, depositToken, type Fixture, REMUNERATION_GRACE } from './support/fixture.js';

const EIP_170_LIMIT = 24_576;
const ETH_LIMIT = 275_000n;
const TOKEN_LIMIT = 300_000n;
const WEI = 10n ** 18n;

let chain: Chain;
let f: Fixture;
let restore: () => Promise<void>;

beforeAll(async () => {
  chain = await Chain.start();
  f = await deployFixture(chain);
  await f.core.sendAs(f.payer, 'deposit', [], 10n * WEI);
  await depositToken(f, f.usdc, f.payer, 10_000_000n);
  restore = await chain.checkpoint();
});
beforeEach(() => restore());
afterAll(() => chain.stop());

/** Realistic values: random-looking ids, whose bytes are not zeros. */
const tabId = BigInt(`0x${'a7'.repeat(32)}`);

const gasOf = async (overrides: Parameters<Fixture['certificate']>[0]) => {
  const receipt = await f.core.sendAs(f.recipient, 'remunerate', f.certificate({ tabId, ...overrides }));
  return receipt.gasUsed;
};

describe('gas of remunerate', () => {
  beforeEach(() => chain.warpTo(f.start + REMUNERATION_GRACE));

  it(`is at most ${ETH_LIMIT} in ETH, also for a recipient that is new to the chain`, async () => {
    const total = { amount: WEI / 3n, totalAmount: WEI };
    const known = await gasOf(total);
    const later = await gasOf({ ...total, totalAmount: 2n * WEI });
    await restore();
    await chain.warpTo(f.start + REMUNERATION_GRACE);
    const fresh = await gasOf({ ...total, recipient: '0x00000000000000000000000000000000DeaDBeef' });
    console.log(
      `remunerate, ETH, version 1: ${known} gas; new account ${fresh}; second certificate ${later}`,
    );
    expect(known).toBeLessThanOrEqual(ETH_LIMIT);
    expect(fresh).toBeLessThanOrEqual(ETH_LIMIT + 25_000n);
  });

  it(`is at most ${TOKEN_LIMIT} in a token`, async () => {
    const total = { asset: f.usdc.address, amount: 333_333n, totalAmount: 1_000_000n };
    const first = await gasOf(total);
    const later = await gasOf({ ...total, totalAmount: 2_000_000n });
    console.log(`remunerate, token, version 1: ${first} gas; second certificate ${later}`);
    expect(first).toBeLessThanOrEqual(TOKEN_LIMIT);
  });
});

describe('size', () => {
  it('leaves room below the limit of EIP-170', async () => {
    const deployed = getBytes(await chain.codeAt(f.core.address)).length;
    console.log(
      `Core4Mica: ${deployed} bytes deployed, ${getBytes(core4MicaArtifact.bytecode).length} bytes to create`,
    );
    expect(deployed).toBeLessThan(EIP_170_LIMIT);
  });
});
