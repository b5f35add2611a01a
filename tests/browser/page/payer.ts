import { CoreClient } from '@fourmica/rpc-client';
import {
  AuthSession,
  createPayer,
  ETH_ASSET,
  FourMicaError,
  fromEip1193,
  payingFetch,
  type Settlement,
} from '@fourmica/sdk/payer';
import type { InjectedWallet } from './wallet.js';

declare global {
  interface Window {
    readonly ethereum: InjectedWallet;
    payer: typeof payer;
  }
}

/** Signs in with the visitor's wallet and reads the visitor's collateral, which takes a login. */
async function readBalance(coreUrl: string) {
  const signer = await fromEip1193(window.ethereum);
  const session = new AuthSession({ authUrl: coreUrl, signer });
  const core = new CoreClient({ baseUrl: coreUrl, session });
  const balance = await core.getUserAssetBalance(signer.address, ETH_ASSET);
  await session.logout();
  return { account: signer.address, total: balance?.total };
}

/** Pays for a resource with the visitor's wallet. */
async function pay(coreUrl: string, url: string, maxPerRequest: bigint) {
  const signer = await fromEip1193(window.ethereum);
  const { eip712Name, eip712Version, chainId } = await new CoreClient({ baseUrl: coreUrl }).getPublicParams();
  let receipt: Settlement | undefined;
  const paid = payingFetch(fetch, {
    payer: createPayer(signer, { name: eip712Name, version: eip712Version, chainId }),
    policy: { assets: [{ asset: ETH_ASSET, maxPerRequest }] },
    onPaid: (exchange) => {
      receipt = exchange.receipt;
    },
  });
  const response = await paid(url);
  return { status: response.status, body: await response.json(), repayment: receipt?.extra.repayment };
}

/** Pays like {@link pay}; an error is returned as plain data, which is all that leaves a page. */
const tryToPay = (...request: Parameters<typeof pay>) =>
  pay(...request).catch((error: unknown) => {
    if (!(error instanceof FourMicaError)) throw error;
    return { name: error.name, code: error.code, cause: error.cause };
  });

const payer = { readBalance, tryToPay };
window.payer = payer;
