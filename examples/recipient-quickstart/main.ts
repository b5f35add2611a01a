/**
 * The recipient's side (a resource server): opens a tab for a payer and prints what the payer has to sign next.
 *
 *   export RECIPIENT_KEY=0x..
 *   export USER_ADDRESS=0x..                 # the payer
 *   export AMOUNT_WEI=100000000000000000     # optional, 0.1 ETH
 *   export GUARANTEE_VERSION=1               # optional
 *   npx tsx main.ts
 *
 * Which core is asked is read from 4MICA_NETWORK or 4MICA_RPC_URL (also FOURMICA_…).
 */
import { Client, ConfigBuilder } from '@fourmica/sdk';

const recipientKey = required('RECIPIENT_KEY');
const userAddress = required('USER_ADDRESS');
const amountWei = BigInt(process.env.AMOUNT_WEI ?? '100000000000000000');
const guaranteeVersion = Number(process.env.GUARANTEE_VERSION ?? '1');

const config = new ConfigBuilder().fromEnv().walletPrivateKey(recipientKey).build();
const client = await Client.new(config);
try {
  const tabId = await client.recipient.createTab({ userAddress, guaranteeVersion });
  const latest = await client.recipient.getLatestGuarantee(tabId);
  const reqId = latest === null ? 0n : latest.reqId + 1n;
  const tab = await client.recipient.getTab(tabId);

  console.log('TAB_ID=', String(tabId));
  console.log('REQ_ID=', String(reqId));
  console.log('AMOUNT_WEI=', String(amountWei));
  console.log('ASSET_ADDRESS=', tab?.assetAddress);
  console.log(
    'ACCEPTED_GUARANTEE_VERSIONS=',
    JSON.stringify(client.params.acceptedGuaranteeVersionsOrDefault()),
  );
  console.log('TRUSTED_VALIDATION_REGISTRIES=', JSON.stringify(client.params.trustedValidationRegistries));
  console.log('GUARANTEE_VERSION=', guaranteeVersion);
} finally {
  await client.aclose();
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`set the environment variable ${name}`);
  return value;
}
