// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A contract wallet of one owner, which may misbehave when it is asked about a signature
contract TestContractWallet is IERC1271 {
    enum Manner {
        Honest,
        Reverts,
        BurnsGas,
        AnswersMuch,
        AnswersFourBytes
    }

    address private immutable _owner;
    Manner private _manner;

    constructor(address owner) {
        _owner = owner;
    }

    /// @notice Makes the wallet misbehave.
    function setManner(Manner manner) external {
        _manner = manner;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (_manner == Manner.Reverts) revert("no");
        if (_manner == Manner.BurnsGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (_manner == Manner.AnswersMuch) {
            assembly {
                return(0, 700000)
            }
        }
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(hash, signature);
        bool accepted = failure == ECDSA.RecoverError.NoError && signer == _owner;
        if (accepted && _manner == Manner.AnswersFourBytes) {
            assembly ("memory-safe") {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        return accepted ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title Creates contract wallets at addresses that are known beforehand
contract TestContractWalletFactory {
    /// @notice Creates the wallet of an owner; nothing happens when it is there already.
    function create(address owner) external returns (address wallet) {
        wallet = addressOf(owner);
        if (wallet.code.length == 0) new TestContractWallet{salt: 0}(owner);
    }

    /// @notice Where the wallet of an owner is or will be (CREATE2).
    function addressOf(address owner) public view returns (address) {
        bytes32 codeHash = keccak256(abi.encodePacked(type(TestContractWallet).creationCode, abi.encode(owner)));
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(this), bytes32(0), codeHash));
        return address(uint160(uint256(hash)));
    }
}
