// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {ValidatedGuarantee} from "../types/ValidatedGuarantee.sol";

/// @title The hashes that bind a version 2 guarantee to its validation
library ValidationHashes {
    bytes32 private constant SUBJECT_BINDING = keccak256("4MICA_VALIDATION_SUBJECT_V1");
    bytes32 private constant REQUEST_BINDING = keccak256("4MICA_VALIDATION_REQUEST_V2");

    /// @notice Returns the hash of the payment that is validated.
    function subjectHash(ValidatedGuarantee memory g) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                SUBJECT_BINDING, g.tabId, g.reqId, g.client, g.recipient, g.amount, g.asset, g.timestamp
            )
        );
    }

    /// @notice Returns the id of the validation request for the policy.
    function requestHash(ValidatedGuarantee memory g) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                REQUEST_BINDING,
                g.validationChainId,
                g.validationRegistryAddress,
                g.validatorAddress,
                g.validatorAgentId,
                g.validationSubjectHash,
                g.minValidationScore,
                keccak256(bytes(g.requiredValidationTag)),
                g.jobHash
            )
        );
    }
}
