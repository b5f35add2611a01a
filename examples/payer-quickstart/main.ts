/**
 * The payer's side: signs the next request of a tab, and trades it for a certificate when the recipient's key is given.
 *
 *   export PAYER_KEY=0x..
 *   export RECIPIENT_ADDRESS=0x..
 *   export TAB_ID=<from the recipient>
 *   export REQ_ID=<from the recipient>
 *   export AMOUNT_WEI=100000000000000000                              # optional, 0.1 ETH
 *   export ASSET_ADDRESS=0x0000000000000000000000000000000000000000   # optional, ETH
 *   export RECIPIENT_KEY=0x..                                         # optional, asks for the certificate
 *   npx tsx main.ts
 *
 * A payment that depends on a validation (guarantee version 2) needs these too:
 *
 *   export VALIDATION_REGISTRY_ADDRESS=0x..
 *   export VALIDATION_CHAIN_ID=11155111      # optional, the chain of the core
 *   export VALIDATOR_ADDRESS=0x..
 *   export VALIDATOR_AGENT_ID=7
 *   export MIN_VALIDATION_SCORE=80
 *   export JOB_HASH=0x..
 *   export REQUIRED_VALIDATION_TAG=hard-finality   # optional
 *
 * Which core is asked is read from 4MICA_NETWORK or 4MICA_RPC_URL (also FOURMICA_…).
 */
import {
  AssetBalanceInfo,
  Client,
  ConfigBuilder,
  computeValidationRequestHash,
  computeValidationSubjectHash,
  PaymentGuaranteeRequestClaims,
  PaymentGuaranteeRequestClaimsV2,
  SigningScheme,
} from '@fourmica/sdk';

const payerKey = required('PAYER_KEY');
const recipientAddress = required('RECIPIENT_ADDRESS');
const tabId = required('TAB_ID');
const reqId = required('REQ_ID');
const requestedAmount = BigInt(process.env.AMOUNT_WEI ?? '100000000000000000');
const erc20Token = process.env.ASSET_ADDRESS || '0x0000000000000000000000000000000000000000';
const {
  RECIPIENT_KEY,
  VALIDATION_REGISTRY_ADDRESS,
  VALIDATION_CHAIN_ID,
  VALIDATOR_ADDRESS,
  VALIDATOR_AGENT_ID,
  MIN_VALIDATION_SCORE,
  JOB_HASH,
  REQUIRED_VALIDATION_TAG,
} = process.env;

const payer = await Client.new(new ConfigBuilder().fromEnv().walletPrivateKey(payerKey).build());
try {
  const amount = await affordable(requestedAmount);
  console.log('AMOUNT_WEI=', String(amount));

  const claims = buildClaims(amount, Math.floor(Date.now() / 1000));
  const signature = await payer.user.signPayment(claims, SigningScheme.EIP712);
  console.log('PAYER_SIGNATURE=', signature.signature);
  console.log('CLAIMS_JSON=', JSON.stringify(claims));

  if (RECIPIENT_KEY) {
    const config = new ConfigBuilder().fromEnv().walletPrivateKey(RECIPIENT_KEY).build();
    const recipient = await Client.new(config);
    try {
      const certificate = await recipient.recipient.issuePaymentGuarantee(
        claims,
        signature.signature,
        SigningScheme.EIP712,
      );
      console.log('CERT_CLAIMS=', certificate.claims);
      console.log('CERT_SIGNATURE=', certificate.signature);
    } finally {
      await recipient.aclose();
    }
  }
} finally {
  await payer.aclose();
}

/** Prints the payer's collateral and lowers the amount to what is available. */
async function affordable(wanted: bigint): Promise<bigint> {
  const raw = await payer.rpc.getUserAssetBalance(payer.user.address, erc20Token);
  if (raw === null) {
    for (const name of ['TOTAL', 'LOCKED', 'AVAILABLE']) console.log(`COLLATERAL_${name}= <unknown>`);
    return wanted;
  }
  const balance = AssetBalanceInfo.fromRpc(raw);
  const available = balance.total > balance.locked ? balance.total - balance.locked : 0n;
  console.log('COLLATERAL_TOTAL=', String(balance.total));
  console.log('COLLATERAL_LOCKED=', String(balance.locked));
  console.log('COLLATERAL_AVAILABLE=', String(available));
  if (available === 0n) throw new Error('No available collateral for this asset.');
  return wanted > available ? available : wanted;
}

/** Version 1 claims, or version 2 when a validation is asked for. */
function buildClaims(amount: bigint, timestamp: number) {
  const userAddress = payer.user.address;
  const base = { userAddress, recipientAddress, tabId, reqId, amount, timestamp, erc20Token };
  const claims = PaymentGuaranteeRequestClaims.new(base);
  const policySettings = [
    VALIDATION_REGISTRY_ADDRESS,
    VALIDATION_CHAIN_ID,
    VALIDATOR_ADDRESS,
    VALIDATOR_AGENT_ID,
    MIN_VALIDATION_SCORE,
    JOB_HASH,
  ];
  if (policySettings.every((setting) => setting === undefined)) return claims;

  const policy = {
    validationRegistryAddress: required('VALIDATION_REGISTRY_ADDRESS'),
    validationChainId: VALIDATION_CHAIN_ID ?? payer.params.chainId,
    validatorAddress: required('VALIDATOR_ADDRESS'),
    validatorAgentId: required('VALIDATOR_AGENT_ID'),
    minValidationScore: required('MIN_VALIDATION_SCORE'),
    validationSubjectHash: computeValidationSubjectHash(claims),
    requiredValidationTag: REQUIRED_VALIDATION_TAG ?? '',
    jobHash: required('JOB_HASH'),
  };
  const partial = PaymentGuaranteeRequestClaimsV2.new({
    ...base,
    ...policy,
    validationRequestHash: `0x${'00'.repeat(32)}`,
  });
  return PaymentGuaranteeRequestClaimsV2.new({
    ...base,
    ...policy,
    validationRequestHash: computeValidationRequestHash(partial),
  });
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`set the environment variable ${name}`);
  return value;
}
