// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {IGuaranteeDecoder} from "./IGuaranteeDecoder.sol";

/// @title Decoder of version 2: guarantees that hold once a validator has answered well enough
/// @notice `decode` reads the registry when the certificate is used. A validator that lowers its answer later makes
/// the certificate worthless. The errors are listed in the order of the checks.
interface IValidationRegistryGuaranteeDecoder is IGuaranteeDecoder {
    /// @notice The claims carry a version other than 2.
    error UnsupportedGuaranteeVersion(uint64 version);
    /// @notice The minimum score is not between 1 and 100.
    error InvalidMinValidationScore(uint8 score);
    /// @notice The claims were made for another chain. Chain ids are compared by their low 64 bits.
    error InvalidValidationChainId(uint64 expected, uint64 actual);
    /// @notice The registry was not named at deployment.
    error UntrustedValidationRegistry(address registry);
    /// @notice The subject hash does not belong to the payment.
    error ValidationSubjectHashMismatch(bytes32 expected, bytes32 actual);
    /// @notice The request hash does not belong to the policy.
    error ValidationRequestHashMismatch(bytes32 expected, bytes32 actual);
    /// @notice The registry has no code, reverted or answered too little.
    error ValidationLookupFailed(address registry, bytes32 requestHash);
    /// @notice The validator has not answered yet.
    error ValidationPending(bytes32 requestHash);
    /// @notice The answer is below the minimum score.
    error ValidationScoreTooLow(uint8 response, uint8 minValidationScore);
    /// @notice Another validator was asked.
    error ValidationValidatorMismatch(address expected, address actual);
    /// @notice The answer is about another agent.
    error ValidationAgentMismatch(uint256 expected, uint256 actual);
    /// @notice The answer carries another tag than the required one.
    error ValidationTagMismatch(bytes32 expectedTagHash, bytes32 actualTagHash);

    /// @notice Tells whether answers of `registry` count.
    function isTrustedValidationRegistry(address registry) external view returns (bool);
}
