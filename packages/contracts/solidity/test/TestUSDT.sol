// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

/// @title A token as old as Tether's, for local networks and tests
/// @notice Six decimals; anybody may mint. `transfer`, `transferFrom` and `approve` return nothing, and an allowance
/// can be changed only to or from zero.
contract TestUSDT {
    string public constant name = "Test Tether USD";
    string public constant symbol = "USDT";
    uint8 public constant decimals = 6;

    uint256 public totalSupply;
    mapping(address owner => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    /// @notice The allowance must be set to zero first.
    error AllowanceNotZero(uint256 allowance);
    /// @notice The sender has less than that.
    error InsufficientBalance(uint256 balance, uint256 needed);
    /// @notice The spender may use less than that.
    error InsufficientAllowance(uint256 allowance, uint256 needed);

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    /// @notice Sets what `spender` may take from the caller.
    function approve(address spender, uint256 value) external {
        uint256 current = allowance[msg.sender][spender];
        if (value != 0 && current != 0) revert AllowanceNotZero(current);
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    /// @notice Sends `value` to `to`.
    function transfer(address to, uint256 value) external {
        _transfer(msg.sender, to, value);
    }

    /// @notice Sends `value` from `from` to `to` out of the caller's allowance.
    function transferFrom(address from, address to, uint256 value) external {
        uint256 current = allowance[from][msg.sender];
        if (current < value) revert InsufficientAllowance(current, value);
        if (current != type(uint256).max) allowance[from][msg.sender] = current - value;
        _transfer(from, to, value);
    }

    function _transfer(address from, address to, uint256 value) private {
        uint256 balance = balanceOf[from];
        if (balance < value) revert InsufficientBalance(balance, value);
        balanceOf[from] = balance - value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
