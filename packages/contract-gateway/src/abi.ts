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
