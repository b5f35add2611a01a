// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {IValidationRegistry} from "../interfaces/IValidationRegistry.sol";

/// @title A small validation registry with the writers of ERC-8004, for local networks and tests
/// @dev Anybody may ask; only the validator that was asked may answer, also repeatedly. Unknown requests read as zeros.
contract TestValidationRegistry is IValidationRegistry {
    struct Status {
        address validatorAddress;
        uint256 agentId;
        uint8 response;
        bytes32 responseHash;
        string tag;
        uint256 lastUpdate;
    }

    /// @notice The request was made before.
    error RequestExists(bytes32 requestHash);
    /// @notice Only the validator that was asked may answer.
    error NotTheValidator(address caller);
    /// @notice Scores go from 0 to 100.
    error InvalidResponse(uint8 response);

    event ValidationRequest(
        address indexed validatorAddress, uint256 indexed agentId, string requestURI, bytes32 indexed requestHash
    );
    event ValidationResponse(
        address indexed validatorAddress,
        uint256 indexed agentId,
        bytes32 indexed requestHash,
        uint8 response,
        string responseURI,
        bytes32 responseHash,
        string tag
    );

    mapping(bytes32 requestHash => Status) private _statuses;

    /// @notice Asks a validator about a request.
    function validationRequest(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        bytes32 requestHash
    ) external {
        Status storage status = _statuses[requestHash];
        if (status.validatorAddress != address(0)) revert RequestExists(requestHash);
        status.validatorAddress = validatorAddress;
        status.agentId = agentId;
        emit ValidationRequest(validatorAddress, agentId, requestURI, requestHash);
    }

    /// @notice Answers a request, or replaces the earlier answer.
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    ) external {
        Status storage status = _statuses[requestHash];
        if (msg.sender != status.validatorAddress) revert NotTheValidator(msg.sender);
        if (response > 100) revert InvalidResponse(response);
        status.response = response;
        status.responseHash = responseHash;
        status.tag = tag;
        status.lastUpdate = block.timestamp;
        emit ValidationResponse(
            status.validatorAddress, status.agentId, requestHash, response, responseURI, responseHash, tag
        );
    }

    /// @inheritdoc IValidationRegistry
    function getValidationStatus(bytes32 requestHash)
        external
        view
        returns (address, uint256, uint8, bytes32, string memory, uint256)
    {
        Status memory s = _statuses[requestHash];
        return (s.validatorAddress, s.agentId, s.response, s.responseHash, s.tag, s.lastUpdate);
    }
}
