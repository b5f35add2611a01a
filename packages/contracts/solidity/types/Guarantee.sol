// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

/// @notice The certified claims of one guarantee. Amounts are base units of `asset`, times are unix seconds.
/// @param domain The guarantee domain separator the certificate was issued for.
/// @param tabId The tab the guarantee belongs to.
/// @param reqId The request of the tab, counted from zero.
/// @param client The payer, whose collateral secures the guarantee.
/// @param recipient The account that may be paid from the collateral.
/// @param amount The amount of this request.
/// @param totalAmount The running total of the tab up to and including this request.
/// @param asset The token, or the zero address for ETH.
/// @param timestamp The time of the request, from which the remuneration window is counted.
/// @param version The version of the certified claims.
struct Guarantee {
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
}
