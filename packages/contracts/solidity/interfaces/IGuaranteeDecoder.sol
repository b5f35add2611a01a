// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {Guarantee} from "../types/Guarantee.sol";

/// @title Decoder of one guarantee version above 1
interface IGuaranteeDecoder {
    /// @notice Decodes the inner bytes of a certificate and checks every rule of its version.
    /// @dev The signature has been verified before. Reverts when a rule of the version does not hold.
    /// @param data The inner bytes of the envelope, not the envelope itself.
    /// @return guarantee The claims that all versions have in common.
    function decode(bytes calldata data) external view returns (Guarantee memory guarantee);
}
