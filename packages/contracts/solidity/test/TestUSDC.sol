// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A well-behaved token with six decimals and ERC-2612 permits that anybody may mint, for local networks and tests
contract TestUSDC is ERC20("Test USD Coin", "USDC"), ERC20Permit("Test USD Coin") {
    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Returns 6.
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
