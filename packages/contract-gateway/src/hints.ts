import type { ContractErrorContext } from './errors.js';

type Facts = ContractErrorContext;

const moment = (facts: Facts, key: string): string => {
  const seconds = facts[key];
  return typeof seconds === 'bigint' && seconds < 8_640_000_000_000n
    ? ` ${new Date(Number(seconds) * 1000).toISOString()} (unix ${seconds})`
    : '';
};
const fact = (facts: Facts, key: string, before: string, after = ''): string =>
  facts[key] === undefined ? '' : `${before}${String(facts[key])}${after}`;
const arg = (facts: Facts, name: string): string => String(facts.args?.[name] ?? 'unknown');

/** What each custom error means to the caller, and what to do about it. */
const HINTS: Readonly<Record<string, (facts: Facts) => string>> = {
  AmountZero: () => 'an amount is zero; pass at least one base unit',
  InsufficientAvailable: (f) =>
    `the collateral is smaller than the requested amount${fact(f, 'collateral', ' (collateral: ', ' base units)')}; request less`,
  TransferFailed: () => 'the receiver refused the transfer; check that it can receive this asset',
  GracePeriodNotElapsed: (f) =>
    `the withdrawal cannot be finalised yet; try again after${moment(f, 'notBefore') || ' the withdrawal grace period'}`,
  NoWithdrawalRequested: () => 'there is no pending withdrawal of this asset; call requestWithdrawal first',
  DirectTransferNotAllowed: () =>
    'the contract does not know this function; check the contract address, and use deposit to send ETH',
  DoubleSpendingDetected: (f) =>
    `the payer's collateral${fact(f, 'collateral', ' of ')} does not cover what is due${fact(f, 'due', ' (', ')')}; nothing is paid until it does`,
  TabNotYetOverdue: (f) =>
    `the payer may still pay; remunerate after${moment(f, 'notBefore') || ' the remuneration grace period'}`,
  TabExpired: (f) =>
    `the certificate can no longer be claimed; its window ended${moment(f, 'notAfter') || ' with the tab expiration time'}`,
  TabPreviouslyRemunerated: (f) =>
    `the total of this certificate${fact(f, 'totalAmount', ' (', ')')} has already been paid from the collateral${fact(f, 'remunerated', ' (', ')')}`,
  TabAlreadyPaid: (f) =>
    `the recorded payments${fact(f, 'paid', ' (', ')')} cover the total of this certificate${fact(f, 'totalAmount', ' (', ')')}; nothing is left to claim`,
  InvalidSignature: () =>
    "the certificate was not signed with the contract's key; verify it and ask the core for it again",
  PairingFailed: () => 'the signature is not a valid point; ask the core for the certificate again',
  InvalidRecipient: () => 'the recipient is the zero address or the contract itself',
  IllegalValue: () => 'the parameter breaks the order of the time windows, or the key is not valid',
  UnsupportedAsset: (f) =>
    `the contract does not take the token ${arg(f, 'asset')}; choose one of getErc20Tokens()`,
  InvalidAsset: (f) => `the tab is bound to another asset than ${arg(f, 'asset')}`,
  UnsupportedGuaranteeVersion: (f) =>
    `guarantee version ${arg(f, 'version')} is not enabled on this contract`,
  InvalidGuaranteeDomain: () => 'the certificate was issued for another contract, chain or version',
  MissingGuaranteeDecoder: (f) => `guarantee version ${arg(f, 'version')} has no decoder on this contract`,
  PaymentRecordConflict: () => 'this payment id was recorded with other values; derive a new id',
  ZeroAddress: () => 'an address is zero',
  AccessManagedUnauthorized: (f) => `${arg(f, 'caller')} does not hold the role that this function needs`,
  AccessManagedRequiredDelay: (f) =>
    `${arg(f, 'caller')} must schedule this call ${arg(f, 'delay')} seconds ahead through the access manager`,
  AccessManagedInvalidAuthority: () => 'the new authority is not a contract',
  EnforcedPause: () => 'the contract is paused; deposits and withdrawals work again once it is unpaused',
  ExpectedPause: () => 'the contract is not paused',
  ReentrancyGuardReentrantCall: () => 'the call came from inside another call of the contract',
  SafeERC20FailedOperation: (f) =>
    `the token ${arg(f, 'token')} refused the transfer; check balance and allowance`,
  InvalidMinValidationScore: (f) => `the minimum score ${arg(f, 'score')} is not between 1 and 100`,
  InvalidValidationChainId: (f) =>
    `the validation is for chain ${arg(f, 'actual')}, the contract runs on chain ${arg(f, 'expected')}`,
  UntrustedValidationRegistry: (f) =>
    `the contract does not trust the validation registry ${arg(f, 'registry')}`,
  ValidationSubjectHashMismatch: () => 'the subject hash of the certificate does not belong to this payment',
  ValidationRequestHashMismatch: () => 'the request hash of the certificate does not belong to this policy',
  ValidationLookupFailed: (f) =>
    `the registry ${arg(f, 'registry')} knows nothing about this validation; request it there first`,
  ValidationPending: () => 'the validator has not answered yet; try again when it has',
  ValidationScoreTooLow: (f) =>
    `the validator gave ${arg(f, 'response')}, the policy demands ${arg(f, 'minValidationScore')}`,
  ValidationValidatorMismatch: (f) =>
    `${arg(f, 'actual')} answered, the policy demands the validator ${arg(f, 'expected')}`,
  ValidationAgentMismatch: (f) =>
    `the validation is about agent ${arg(f, 'actual')}, the policy demands agent ${arg(f, 'expected')}`,
  ValidationTagMismatch: () => 'the validation does not carry the tag that the policy demands',
  AaveNotConfigured: () => 'the contract cannot take tokens yet: its lending pool is not configured; use ETH',
  FeeTooHigh: () => 'the fee on yield is above the largest one that is allowed',
  TreasuryClaimExceedsAvailable: () => 'the protocol has earned less than is claimed; claim less',
  UnsupportedTreasuryAsset: (f) => `the treasury holds nothing in ${arg(f, 'asset')}`,
  StablecoinWithdrawShortfall: (f) =>
    `the lending pool paid out less of ${arg(f, 'asset')} than was asked for; try a smaller amount, or later`,
  AaveProviderReconfigurationBlocked: () => 'the lending pool cannot be changed while tokens are lent out',
  UserScaledBalanceUnderflow: (f) => `the account holds less of ${arg(f, 'asset')} than is taken`,
  InvalidAToken: (f) => `${arg(f, 'aToken')} is not the lending token of ${arg(f, 'asset')}`,
  ReconciliationLoss: (f) =>
    `the books of ${arg(f, 'asset')} do not match the lending pool; ask the operator`,
  SurplusClaimExceedsAvailable: () => 'the surplus is smaller than what is claimed; claim less',
  InvalidVersion: (f) => `${arg(f, 'version')} is no guarantee version`,
  InvalidModule: (f) => `${arg(f, 'module')} is not a contract`,
  UnknownVersion: (f) => `the decoder does not know guarantee version ${arg(f, 'version')}`,
  FrozenVersion: (f) => `the decoder of guarantee version ${arg(f, 'version')} can no longer be changed`,
  ModuleVersionMismatch: (f) =>
    `the decoder answered for guarantee version ${arg(f, 'actual')} instead of ${arg(f, 'expected')}`,
  ERC20InsufficientBalance: (f) => `the account holds ${arg(f, 'balance')}, ${arg(f, 'needed')} are needed`,
  ERC20InsufficientAllowance: (f) =>
    `the allowance is ${arg(f, 'allowance')}, ${arg(f, 'needed')} are needed; call approveErc20 first`,
  ERC20InvalidSender: () => 'the token refuses the sender',
  ERC20InvalidReceiver: () => 'the token refuses the receiver',
  ERC20InvalidApprover: () => 'the token refuses the approver',
  ERC20InvalidSpender: () => 'the token refuses the spender',
  ERC2612ExpiredSignature: (f) => `the permit ended${moment(f.args ?? {}, 'deadline')}; sign a new one`,
  ERC2612InvalidSigner: (f) =>
    `the permit was signed by ${arg(f, 'signer')} instead of ${arg(f, 'owner')}; sign it with the account that owns the tokens`,
  Error: (f) => `the contract says: ${arg(f, 'message').slice(0, 200)}`,
  Panic: (f) => `the contract failed with panic code ${arg(f, 'panicCode')}`,
};

/** Explains a custom error; undefined when nothing is known about it. */
export const hintFor = (errorName: string, facts: ContractErrorContext): string | undefined =>
  Object.hasOwn(HINTS, errorName) ? HINTS[errorName]?.(facts) : undefined;
