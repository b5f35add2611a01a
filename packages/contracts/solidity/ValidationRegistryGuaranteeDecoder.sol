// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {IGuaranteeDecoder} from "./interfaces/IGuaranteeDecoder.sol";
import {IValidationRegistry} from "./interfaces/IValidationRegistry.sol";
import {IValidationRegistryGuaranteeDecoder} from "./interfaces/IValidationRegistryGuaranteeDecoder.sol";
import {ValidationHashes} from "./libraries/ValidationHashes.sol";
import {Guarantee} from "./types/Guarantee.sol";
import {ValidatedGuarantee} from "./types/ValidatedGuarantee.sol";

/// @title Decoder of version 2, bound to the validation registries named at deployment
contract ValidationRegistryGuaranteeDecoder is IValidationRegistryGuaranteeDecoder {
    uint64 private constant VERSION = 2;
    uint8 private constant MAX_SCORE = 100;
    /// @dev Six words: the shortest answer whose tag offset can be read.
    uint256 private constant MIN_ANSWER_LENGTH = 192;

    /// @inheritdoc IValidationRegistryGuaranteeDecoder
    mapping(address registry => bool) public override isTrustedValidationRegistry;

    constructor(address[] memory trustedRegistries) {
        for (uint256 i = 0; i < trustedRegistries.length; i++) {
            isTrustedValidationRegistry[trustedRegistries[i]] = true;
        }
    }

    /// @inheritdoc IGuaranteeDecoder
    function decode(bytes calldata data) external view returns (Guarantee memory) {
        ValidatedGuarantee memory g = abi.decode(data, (ValidatedGuarantee));
        _checkPolicy(g);
        _checkAnswer(g);
        return Guarantee({
            domain: g.domain,
            tabId: g.tabId,
            reqId: g.reqId,
            client: g.client,
            recipient: g.recipient,
            amount: g.amount,
            totalAmount: g.totalAmount,
            asset: g.asset,
            timestamp: g.timestamp,
            version: g.version
        });
    }

    function _checkPolicy(ValidatedGuarantee memory g) private view {
        if (g.version != VERSION) revert UnsupportedGuaranteeVersion(g.version);
        if (g.minValidationScore == 0 || g.minValidationScore > MAX_SCORE) {
            revert InvalidMinValidationScore(g.minValidationScore);
        }
        if (g.validationChainId != uint64(block.chainid)) {
            revert InvalidValidationChainId(uint64(block.chainid), g.validationChainId);
        }
        if (!isTrustedValidationRegistry[g.validationRegistryAddress]) {
            revert UntrustedValidationRegistry(g.validationRegistryAddress);
        }
        bytes32 subject = ValidationHashes.subjectHash(g);
        if (g.validationSubjectHash != subject) {
            revert ValidationSubjectHashMismatch(subject, g.validationSubjectHash);
        }
        bytes32 request = ValidationHashes.requestHash(g);
        if (g.validationRequestHash != request) {
            revert ValidationRequestHashMismatch(request, g.validationRequestHash);
        }
    }

    function _checkAnswer(ValidatedGuarantee memory g) private view {
        (address validator, uint256 agentId, uint8 response, string memory tag, uint256 lastUpdate) =
            _lookUp(g.validationRegistryAddress, g.validationRequestHash);
        if (lastUpdate == 0) revert ValidationPending(g.validationRequestHash);
        if (response < g.minValidationScore) revert ValidationScoreTooLow(response, g.minValidationScore);
        if (validator != g.validatorAddress) revert ValidationValidatorMismatch(g.validatorAddress, validator);
        if (agentId != g.validatorAgentId) revert ValidationAgentMismatch(g.validatorAgentId, agentId);
        if (bytes(g.requiredValidationTag).length == 0) return;
        bytes32 requiredTag = keccak256(bytes(g.requiredValidationTag));
        bytes32 actualTag = keccak256(bytes(tag));
        if (actualTag != requiredTag) revert ValidationTagMismatch(requiredTag, actualTag);
    }

    function _lookUp(address registry, bytes32 requestHash)
        private
        view
        returns (address validator, uint256 agentId, uint8 response, string memory tag, uint256 lastUpdate)
    {
        (bool success, bytes memory answer) =
            registry.staticcall(abi.encodeCall(IValidationRegistry.getValidationStatus, (requestHash)));
        // A call to an address without code succeeds with an empty answer.
        if (!success || answer.length < MIN_ANSWER_LENGTH) revert ValidationLookupFailed(registry, requestHash);
        (validator, agentId, response,, tag, lastUpdate) =
            abi.decode(answer, (address, uint256, uint8, bytes32, string, uint256));
    }
}
