// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

/// @title The part of an ERC-8004 validation registry that guarantees depend on
interface IValidationRegistry {
    /// @notice Returns the latest answer of the validator that was asked about `requestHash`.
    /// @dev Registries revert or return zeros for requests they do not know.
    /// @return validatorAddress The validator that was asked.
    /// @return agentId The agent whose work is validated.
    /// @return response The score, 0 to 100.
    /// @return responseHash The hash of the validator's evidence.
    /// @return tag The category the validator gave.
    /// @return lastUpdate The unix time of the latest answer; zero while there is none.
    function getValidationStatus(bytes32 requestHash)
        external
        view
        returns (
            address validatorAddress,
            uint256 agentId,
            uint8 response,
            bytes32 responseHash,
            string memory tag,
            uint256 lastUpdate
        );
}
