import { parseAddress } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from './support/http.js';
import { NETWORK, startNetwork, type TestNetwork } from './support/network.js';
import { bodyOf, claimsOf, openTab, payerWithCollateral, RECIPIENT, signedBy } from './support/payer.js';

const FACILITATOR_KEY = Wallet.createRandom().privateKey;
const STRANGER_KEY = Wallet.createRandom().privateKey;
const ACCESS_TTL_SECONDS = 900;

let network: TestNetwork;

beforeAll(async () => {
  network = await startNetwork({
    core: {
      authMode: 'required',
      auth: { jwtSecret: 'a secret of at least thirty-two bytes', accessTtlSecs: ACCESS_TTL_SECONDS },
      facilitatorAddresses: [parseAddress(new LocalAccountSigner(FACILITATOR_KEY).address)],
    },
  });
});
afterAll(() => network?.stop());

const facilitatorWith = (authWalletPrivateKey?: string): Promise<string> =>
  network.startFacilitator({
    networks: [
      {
        network: NETWORK,
        coreApiUrl: network.coreUrl,
        rpcUrl: network.rpcUrl,
        ...(authWalletPrivateKey && { authWalletPrivateKey }),
      },
    ],
  });

describe('a core that demands a login', () => {
  it('is used by a facilitator that logs in, also after its access token has ended', async () => {
    const facilitator = await facilitatorWith(FACILITATOR_KEY);
    const payer = await payerWithCollateral(network, 10_000n);
    const { tabId = '' } = await openTab(facilitator, payer);
    const settle = async (reqId: number) => {
      const timestamp = Math.floor(network.clock.nowMs() / 1000);
      const body = bodyOf(await signedBy(payer, claimsOf(payer, { tabId, reqId, timestamp })));
      expect((await post(`${facilitator}/verify`, body)).body).toMatchObject({ isValid: true });
      return (await post(`${facilitator}/settle`, body)).body;
    };
    expect(await settle(0)).toMatchObject({ success: true });
    network.clock.advance(ACCESS_TTL_SECONDS + 60);
    expect(await settle(1)).toMatchObject({ success: true });
  });

  it('refuses a facilitator without a wallet, and one without the role', async () => {
    const payer = await payerWithCollateral(network, 10_000n);
    for (const key of [undefined, STRANGER_KEY]) {
      const facilitator = await facilitatorWith(key);
      const request = { userAddress: payer.address, recipientAddress: RECIPIENT };
      const { status, body } = await post(`${facilitator}/tabs`, request);
      expect([401, 403]).toContain(status);
      expect(body.error).toEqual(expect.any(String));
    }
  });
});
