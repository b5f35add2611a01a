// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

/// @notice The certified claims of version 2: those of `Guarantee` and the validation they depend on.
/// @param validationRegistryAddress The ERC-8004 registry that knows the answer.
/// @param validationRequestHash The id of the validation request, derived from the policy.
/// @param validationChainId The chain of the registry.
/// @param validatorAddress Who has to answer.
/// @param validatorAgentId The agent whose work is validated.
/// @param minValidationScore The lowest sufficient answer, 1 to 100.
/// @param validationSubjectHash The hash of the payment that is validated.
/// @param jobHash The hash of the agreed work.
/// @param requiredValidationTag The tag the answer must carry; empty for any.
struct ValidatedGuarantee {
    bytes32 domain;
    uint256 tabId;
    uint256 reqId;
    address client;
    address recipient;
    uint256 amount;
    uint256 totalAmount;
    address asset;
    uint64 timestamp;
    uint64 version;
    address validationRegistryAddress;
    bytes32 validationRequestHash;
    uint64 validationChainId;
    address validatorAddress;
    uint256 validatorAgentId;
    uint8 minValidationScore;
    bytes32 validationSubjectHash;
    bytes32 jobHash;
    string requiredValidationTag;
}
