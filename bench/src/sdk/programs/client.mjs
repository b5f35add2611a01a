// Creates clients and pays with them, and prints the median times. Both SDKs are used as their documentation says.
const CLIENTS = 10;
const PAYMENTS = 60;
const AMOUNT_WEI = 10n;

const {
  module,
  sdk,
  coreUrl,
  payer: payerAccount,
  recipient: recipientAccount,
} = JSON.parse(process.argv[2]);
const { Client, ConfigBuilder, PaymentGuaranteeRequestClaims } = await import(module);

const configOf = ({ privateKey }) => new ConfigBuilder().rpcUrl(coreUrl).walletPrivateKey(privateKey).build();
const { openTab, claimsOf, issue } = {
  ours: {
    openTab: (client, userAddress) => client.recipient.openTab({ userAddress }),
    claimsOf: (fields) => PaymentGuaranteeRequestClaims.new(fields),
    issue: (client, claims, signature) => client.recipient.issuePaymentGuarantee(claims, signature),
  },
  'ours, without verifying': {
    openTab: (client, userAddress) => client.recipient.openTab({ userAddress }),
    claimsOf: (fields) => PaymentGuaranteeRequestClaims.new(fields),
    issue: (client, claims, signed) => client.rpc.issueGuarantee({ claims, ...signed }),
  },
  peer: {
    openTab: (client, userAddress) =>
      client.recipient.createTab(userAddress, recipientAccount.address, undefined, undefined),
    claimsOf: ({ userAddress, recipientAddress, tabId, reqId, amount, timestamp }) =>
      PaymentGuaranteeRequestClaims.new(
        userAddress,
        recipientAddress,
        tabId,
        amount,
        timestamp,
        undefined,
        reqId,
      ),
    issue: (client, claims, { signature, scheme }) =>
      client.recipient.issuePaymentGuarantee(claims, signature, scheme),
  },
}[sdk];

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

async function timed(count, work) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await work(i);
    times.push(performance.now() - start);
  }
  return median(times);
}

const clients = [];
const create = await timed(CLIENTS, async () => {
  clients.push(await Client.new(configOf(payerAccount)));
});
const [payer] = clients;
const recipient = await Client.new(configOf(recipientAccount));
const { tabId, nextReqId } = await openTab(recipient, payerAccount.address);

async function pay(offset) {
  const claims = claimsOf({
    userAddress: payerAccount.address,
    recipientAddress: recipientAccount.address,
    tabId,
    reqId: nextReqId + BigInt(offset),
    amount: AMOUNT_WEI,
    timestamp: Math.floor(Date.now() / 1000),
  });
  const signature = await payer.user.signPayment(claims);
  const { signature: certificate } = await issue(recipient, claims, signature);
  if (!/^(?:0x)?[0-9a-f]{192}$/.test(certificate)) throw new Error('that is no certificate');
}

await pay(0);
const certificate = await timed(PAYMENTS, (i) => pay(i + 1));
console.log(JSON.stringify({ create, certificate }));
process.exit(0);
