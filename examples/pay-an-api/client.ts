import { Client, ConfigBuilder } from '@fourmica/sdk';
import { payerOfClient, payingFetch } from '@fourmica/x402/client';

const url = process.env.RESOURCE_URL ?? 'http://127.0.0.1:4000/premium';
const ETH = '0x0000000000000000000000000000000000000000';

const client = await Client.new(new ConfigBuilder().fromEnv().build());
const pay = payingFetch(fetch, {
  payer: payerOfClient(client),
  policy: { assets: [{ asset: ETH, maxPerRequest: 10n ** 16n }] }, // at most 0.01 ETH a request
  onPaid: ({ payment }) =>
    console.log('PAID', JSON.stringify(payment.payload.payload.claims.reqId.toString())),
});
const response = await pay(url);
console.log(response.status, await response.text());
await client.aclose();
