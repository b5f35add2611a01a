import { Client, ConfigBuilder, fromEip1193 } from '@fourmica/sdk';
import type { InjectedWallet } from './wallet.js';

declare global {
  interface Window {
    readonly ethereum: InjectedWallet;
    verifyLatestCertificate: typeof verifyLatestCertificate;
  }
}

/** Uses the whole client in a page: reads the contract, and verifies the certificate of the visitor's latest payment. */
async function verifyLatestCertificate(coreUrl: string) {
  const config = new ConfigBuilder()
    .rpcUrl(coreUrl)
    .evmSigner(await fromEip1193(window.ethereum))
    .enableAuth()
    .build();
  await using client = await Client.new(config);
  const [collateral] = await client.user.getUser();
  const [tab] = await client.user.listTabs();
  const guarantee = tab && (await client.recipient.getLatestGuarantee(tab.tabId));
  const certificate = guarantee?.certificate;
  if (!certificate) throw new Error('there is no certificate');
  const { reqId, totalAmount } = await client.recipient.verifyPaymentGuarantee(certificate);
  return { collateral: collateral?.collateral, reqId, totalAmount };
}

window.verifyLatestCertificate = verifyLatestCertificate;
