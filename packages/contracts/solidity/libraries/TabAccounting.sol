// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {ICore4Mica} from "../interfaces/ICore4Mica.sol";

/// @title What is known on chain about the money of one tab
library TabAccounting {
    /// @param paid Payments recorded by the operator, without cap.
    /// @param remunerated What was taken from collateral.
    /// @param asset The asset of the tab, meaningful once money moved.
    struct Tab {
        uint256 paid;
        uint256 remunerated;
        address asset;
    }

    /// @notice Fixes the asset of the tab with the first money that moves.
    /// @dev Reverts InvalidAsset when money moved in another asset before.
    function bindAsset(Tab storage tab, address asset) internal {
        if (tab.asset == asset) return;
        if (tab.paid != 0 || tab.remunerated != 0) revert ICore4Mica.InvalidAsset(asset);
        tab.asset = asset;
    }

    /// @notice Returns what a certificate over `totalAmount` may still collect.
    /// @dev Reverts TabPreviouslyRemunerated or TabAlreadyPaid when that is nothing. Subtracts in two steps, because
    /// the sum of recorded payments has no upper bound.
    function amountDue(uint256 totalAmount, uint256 paid, uint256 remunerated) internal pure returns (uint256) {
        uint256 unpaid = totalAmount > paid ? totalAmount - paid : 0;
        if (unpaid > remunerated) return unpaid - remunerated;
        if (remunerated != 0) revert ICore4Mica.TabPreviouslyRemunerated();
        revert ICore4Mica.TabAlreadyPaid();
    }
}
