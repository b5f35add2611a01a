import { core4MicaAbi, validationRegistryGuaranteeDecoderAbi } from '@fourmica/contracts/abi';
import { Interface } from 'ethers';

/** Functions, events and errors of the Core4Mica contract. */
export const core4Mica: Interface = /* @__PURE__ */ new Interface(core4MicaAbi);

/** Errors of the version 2 decoder, which the contract passes on. */
export const guaranteeDecoder: Interface = /* @__PURE__ */ new Interface(
  validationRegistryGuaranteeDecoderAbi,
);

/** The part of ERC-20 that payments need, and the errors of ERC-6093 that modern tokens revert with. */
export const erc20: Interface = /* @__PURE__ */ new Interface([
  'function approve(address spender, uint256 amount)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function balanceOf(address owner) view returns (uint256)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InvalidSender(address sender)',
  'error ERC20InvalidReceiver(address receiver)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  'error ERC20InvalidApprover(address approver)',
  'error ERC20InvalidSpender(address spender)',
]);

/** Permits of tokens (ERC-2612), with the version that some tell (as USDC does). */
export const erc20Permit: Interface = /* @__PURE__ */ new Interface([
  'function name() view returns (string)',
  'function version() view returns (string)',
  'function nonces(address owner) view returns (uint256)',
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
  'function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
  'error ERC2612ExpiredSignature(uint256 deadline)',
  'error ERC2612InvalidSigner(address signer, address owner)',
]);

/** What Core4Mica contracts have that lend out tokens, and the errors of the router for later guarantee versions. */
export const core4MicaExtensions: Interface = /* @__PURE__ */ new Interface([
  'function grossYield(address user, address asset) view returns (uint256)',
  'function protocolYieldShare(address user, address asset) view returns (uint256)',
  'function userNetYield(address user, address asset) view returns (uint256)',
  'error AaveNotConfigured()',
  'error FeeTooHigh()',
  'error TreasuryClaimExceedsAvailable()',
  'error UnsupportedTreasuryAsset(address asset)',
  'error StablecoinWithdrawShortfall(address asset, uint256, uint256)',
  'error AaveProviderReconfigurationBlocked()',
  'error UserScaledBalanceUnderflow(address user, address asset, uint256, uint256)',
  'error InvalidAToken(address asset, address aToken)',
  'error ReconciliationLoss(address asset, uint256, uint256)',
  'error SurplusClaimExceedsAvailable()',
  'error InvalidVersion(uint64 version)',
  'error InvalidModule(address module)',
  'error UnknownVersion(uint64 version)',
  'error FrozenVersion(uint64 version)',
  'error ModuleVersionMismatch(uint64 expected, uint64 actual)',
]);
