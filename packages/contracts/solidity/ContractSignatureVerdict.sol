// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title Tells whether a contract wallet accepts a signature (ERC-1271), even one that is not deployed yet (ERC-6492)
/// @dev Never deployed: its creation code is the data of an eth_call without a recipient, and what would become the code
/// of the contract is the answer, one word that is 1 or 0. It does not revert whatever wallet and factory do, so that a
/// call that fails says something about the node and nothing about the signature.
contract ContractSignatureVerdict {
    /// @dev The same for each of at most three calls, so that none can use up what the others need.
    uint256 private constant _GAS_PER_CALL = 2_000_000;

    /// @param factory Called with `preparation` when the wallet does not accept at first; zero for a wallet that exists.
    constructor(address wallet, bytes32 digest, bytes memory signature, address factory, bytes memory preparation) {
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bool accepted = _accepts(wallet, question);
        if (!accepted && factory != address(0)) {
            _call(factory, preparation);
            accepted = _accepts(wallet, question);
        }
        assembly ("memory-safe") {
            mstore(0, accepted)
            return(0, 0x20)
        }
    }

    /// @dev Reads one word of the answer, however long it is. The whole word has to match: the identity precompile, which
    /// gives back the question, would begin with the right four bytes.
    function _accepts(address wallet, bytes memory question) private view returns (bool) {
        uint256 gasLimit = _GAS_PER_CALL;
        bool success;
        bytes32 answer;
        assembly ("memory-safe") {
            success := staticcall(gasLimit, wallet, add(question, 0x20), mload(question), 0, 0x20)
            success := and(success, gt(returndatasize(), 0x1f))
            answer := mload(0)
        }
        return success && answer == bytes32(IERC1271.isValidSignature.selector);
    }

    function _call(address target, bytes memory data) private {
        uint256 gasLimit = _GAS_PER_CALL;
        assembly ("memory-safe") {
            pop(call(gasLimit, target, 0, add(data, 0x20), mload(data), 0, 0))
        }
    }
}
