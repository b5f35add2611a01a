// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that takes a fee, reports failure or calls back, as a test asks it to
contract TestHostileToken is ERC20("Hostile", "HOST") {
    uint256 private constant BASIS_POINTS = 10_000;

    uint256 private _feeBasisPoints;
    bool private _reportsFailure;
    address private _callbackTarget;
    bytes private _callbackData;

    /// @notice What the last callback returned or reverted with.
    bytes public callbackResult;
    /// @notice Whether the last callback succeeded.
    bool public callbackSucceeded;

    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Burns that share of every transfer.
    function setFee(uint256 feeBasisPoints) external {
        _feeBasisPoints = feeBasisPoints;
    }

    /// @notice Makes transfers return false without moving anything.
    function setReportsFailure(bool reportsFailure) external {
        _reportsFailure = reportsFailure;
    }

    /// @notice Makes every transfer call `target` with `data` in between.
    function setCallback(address target, bytes calldata data) external {
        _callbackTarget = target;
        _callbackData = data;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !_reportsFailure && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !_reportsFailure && super.transferFrom(from, to, value);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0) || to == address(0)) return;
        uint256 fee = value * _feeBasisPoints / BASIS_POINTS;
        if (fee != 0) super._update(to, address(0), fee);
        if (_callbackTarget != address(0)) (callbackSucceeded, callbackResult) = _callbackTarget.call(_callbackData);
    }
}
