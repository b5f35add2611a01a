// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {BLS} from "solady/src/utils/ext/ithaca/BLS.sol";
import {Core4Mica} from "../Core4Mica.sol";
import {TabAccounting} from "../libraries/TabAccounting.sol";

/// @title Core4Mica with the remuneration of earlier deployments, to show what goes wrong there
/// @notice One certificate, whichever comes first, closes its tab for all others, so a payer that submits an early
/// certificate against itself keeps what later ones were meant to cover. Not for deployment.
contract LegacyCore4Mica is Core4Mica {
    constructor(address manager, BLS.G1Point memory verificationKey, address[] memory stablecoins_)
        Core4Mica(manager, verificationKey, stablecoins_)
    {}

    /// @notice Earlier deployments do not know this view, so the call ends in their fallback.
    function remuneratedAmount(uint256) external pure override returns (uint256) {
        revert DirectTransferNotAllowed();
    }

    function _amountDue(TabAccounting.Tab storage tab, uint256 totalAmount) internal view override returns (uint256) {
        if (tab.remunerated != 0) revert TabPreviouslyRemunerated();
        if (tab.paid >= totalAmount) revert TabAlreadyPaid();
        return totalAmount - tab.paid;
    }
}
