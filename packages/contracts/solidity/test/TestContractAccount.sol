// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

/// @title A contract as payer or recipient, which may refuse ETH or call back when it gets some
contract TestContractAccount {
    /// @notice The account was told to refuse ETH.
    error Refused();

    bool private _refuses;
    address private _callbackTarget;
    bytes private _callbackData;

    /// @notice What the last callback returned or reverted with.
    bytes public callbackResult;
    /// @notice Whether the last callback succeeded.
    bool public callbackSucceeded;

    receive() external payable {
        if (_refuses) revert Refused();
        if (_callbackTarget != address(0)) (callbackSucceeded, callbackResult) = _callbackTarget.call(_callbackData);
    }

    /// @notice Calls `target` as this account and passes on its revert.
    function execute(address target, bytes calldata data) external payable {
        (bool success, bytes memory result) = target.call{value: msg.value}(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(result, 0x20), mload(result))
        }
    }

    /// @notice Makes the account refuse ETH.
    function setRefuses(bool refuses) external {
        _refuses = refuses;
    }

    /// @notice Makes the account call `target` with `data` whenever it gets ETH.
    function setCallback(address target, bytes calldata data) external {
        _callbackTarget = target;
        _callbackData = data;
    }
}
