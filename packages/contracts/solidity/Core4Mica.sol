// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {BLS} from "solady/src/utils/ext/ithaca/BLS.sol";
import {ICore4Mica} from "./interfaces/ICore4Mica.sol";
import {IGuaranteeDecoder} from "./interfaces/IGuaranteeDecoder.sol";
import {GuaranteeSignature} from "./libraries/GuaranteeSignature.sol";
import {TabAccounting} from "./libraries/TabAccounting.sol";
import {Guarantee} from "./types/Guarantee.sol";

/// @title Collateral, payments and remuneration of the 4Mica credit network
/// @notice Holds all collateral itself. The promises are on the interface.
/// @dev Tokens whose balances change without a transfer are not supported: collateral is a fixed number.
contract Core4Mica is ICore4Mica, AccessManaged, Pausable, ReentrancyGuardTransient {
    using EnumerableSet for EnumerableSet.AddressSet;
    using SafeERC20 for IERC20;
    using TabAccounting for TabAccounting.Tab;

    struct WithdrawalRequest {
        uint256 timestamp;
        uint256 amount;
    }

    struct VersionConfig {
        BLS.G1Point verificationKey;
        bytes32 domainSeparator;
        address decoder;
        bool enabled;
    }

    struct Timing {
        uint64 remunerationGracePeriod;
        uint64 tabExpirationTime;
        uint64 synchronizationDelay;
        uint64 withdrawalGracePeriod;
    }

    /// @inheritdoc ICore4Mica
    uint64 public constant override INITIAL_GUARANTEE_VERSION = 1;

    address private constant ETH = address(0);

    /// @inheritdoc ICore4Mica
    mapping(address user => mapping(address asset => WithdrawalRequest)) public override withdrawalRequests;
    /// @inheritdoc ICore4Mica
    mapping(bytes32 paymentId => bytes32) public override paymentRecordDigests;

    mapping(address user => mapping(address asset => uint256)) private _collateral;
    mapping(uint256 tabId => TabAccounting.Tab) private _tabs;
    mapping(uint64 version => VersionConfig) private _versions;
    EnumerableSet.AddressSet private _enabledTokens;
    EnumerableSet.AddressSet private _disabledTokens;
    Timing private _timing;

    /// @notice Creates the contract with version 1 enabled and the given tokens accepted.
    /// @dev Reverts ZeroAddress, IllegalValue when the key is infinity or not in the key group (so also on chains
    /// without the EIP-2537 precompiles), InvalidAsset for a zero or repeated token.
    constructor(address manager, BLS.G1Point memory verificationKey, address[] memory stablecoins_)
        AccessManaged(manager)
    {
        if (manager == address(0)) revert ZeroAddress();
        _requireValidKey(verificationKey);

        _timing = Timing({
            remunerationGracePeriod: 14 days,
            tabExpirationTime: 21 days,
            synchronizationDelay: 6 hours,
            withdrawalGracePeriod: 22 days
        });
        _storeVersion(
            INITIAL_GUARANTEE_VERSION,
            VersionConfig({
                verificationKey: verificationKey,
                domainSeparator: keccak256(abi.encode("4MICA_CORE_GUARANTEE_V1", block.chainid, address(this))),
                decoder: address(0),
                enabled: true
            })
        );
        for (uint256 i = 0; i < stablecoins_.length; i++) {
            if (!_setToken(stablecoins_[i], true)) revert InvalidAsset(stablecoins_[i]);
        }
    }

    receive() external payable {
        revert DirectTransferNotAllowed();
    }

    fallback() external payable {
        revert DirectTransferNotAllowed();
    }

    /// @inheritdoc ICore4Mica
    function deposit() external payable nonReentrant {
        if (msg.value == 0) revert AmountZero();
        _requireNotPaused();
        _credit(msg.sender, ETH, msg.value);
    }

    /// @inheritdoc ICore4Mica
    function depositStablecoin(address asset, uint256 amount) external nonReentrant {
        if (!_enabledTokens.contains(asset)) revert UnsupportedAsset(asset);
        if (amount == 0) revert AmountZero();
        _requireNotPaused();

        uint256 balanceBefore = IERC20(asset).balanceOf(address(this));
        IERC20(asset).safeTransferFrom(msg.sender, address(this), amount);
        uint256 balanceAfter = IERC20(asset).balanceOf(address(this));
        if (balanceAfter <= balanceBefore) revert TransferFailed();
        _credit(msg.sender, asset, balanceAfter - balanceBefore);
    }

    /// @inheritdoc ICore4Mica
    function requestWithdrawal(uint256 amount) external {
        _requestWithdrawal(ETH, amount);
    }

    /// @inheritdoc ICore4Mica
    function requestWithdrawal(address asset, uint256 amount) external {
        _requireSupported(asset);
        _requestWithdrawal(asset, amount);
    }

    /// @inheritdoc ICore4Mica
    function cancelWithdrawal() external {
        _cancelWithdrawal(ETH);
    }

    /// @inheritdoc ICore4Mica
    function cancelWithdrawal(address asset) external {
        _requireSupported(asset);
        _cancelWithdrawal(asset);
    }

    /// @inheritdoc ICore4Mica
    function finalizeWithdrawal() external nonReentrant {
        _finalizeWithdrawal(ETH);
    }

    /// @inheritdoc ICore4Mica
    function finalizeWithdrawal(address asset) external nonReentrant {
        _requireSupported(asset);
        _finalizeWithdrawal(asset);
    }

    /// @inheritdoc ICore4Mica
    function payTabInERC20Token(uint256 tabId, address asset, uint256 amount, address recipient)
        external
        nonReentrant
    {
        if (!_isKnownToken(asset)) revert UnsupportedAsset(asset);
        if (amount == 0) revert AmountZero();
        _requireRecipient(recipient);
        _requireNotPaused();

        emit TabPaid(tabId, asset, msg.sender, recipient, amount);
        IERC20(asset).safeTransferFrom(msg.sender, recipient, amount);
    }

    /// @inheritdoc ICore4Mica
    function remunerate(bytes calldata guaranteeData, BLS.G2Point calldata signature) external nonReentrant {
        Guarantee memory g = verifyAndDecodeGuarantee(guaranteeData, signature);
        if (g.amount == 0 || g.totalAmount == 0) revert AmountZero();
        _requireRecipient(g.recipient);
        Timing memory timing = _timing;
        if (block.timestamp < uint256(g.timestamp) + timing.remunerationGracePeriod) revert TabNotYetOverdue();
        if (uint256(g.timestamp) + timing.tabExpirationTime < block.timestamp) revert TabExpired();
        uint256 available = _collateral[g.client][g.asset];
        // Collateral exists in supported assets only, so where there is some, the token sets need not be read.
        if (available == 0) _requireSupported(g.asset);

        TabAccounting.Tab storage tab = _tabs[g.tabId];
        tab.bindAsset(g.asset);
        uint256 due = _amountDue(tab, g.totalAmount);
        if (available < due) revert DoubleSpendingDetected();

        _collateral[g.client][g.asset] = available - due;
        tab.remunerated += due;
        emit RecipientRemunerated(g.tabId, g.asset, due);
        _reducePendingWithdrawal(g, due, timing.synchronizationDelay);

        _send(g.asset, g.recipient, due);
    }

    /// @inheritdoc ICore4Mica
    function recordPayment(uint256 tabId, address asset, uint256 amount) external restricted {
        TabAccounting.Tab storage tab = _tabForPayment(tabId, asset, amount);
        tab.paid += amount;
        emit PaymentRecorded(tabId, asset, amount);
    }

    /// @inheritdoc ICore4Mica
    function recordPaymentById(bytes32 paymentId, uint256 tabId, address asset, uint256 amount)
        external
        restricted
    {
        TabAccounting.Tab storage tab = _tabForPayment(tabId, asset, amount);
        bytes32 digest = keccak256(abi.encode(tabId, asset, amount));
        bytes32 recorded = paymentRecordDigests[paymentId];
        if (recorded == digest) {
            emit PaymentRecordReplayed(paymentId, tabId, asset, amount);
            return;
        }
        if (recorded != 0) revert PaymentRecordConflict(paymentId);

        paymentRecordDigests[paymentId] = digest;
        tab.paid += amount;
        emit PaymentRecordedById(paymentId, tabId, asset, amount);
    }

    /// @inheritdoc ICore4Mica
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc ICore4Mica
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc ICore4Mica
    function setRemunerationGracePeriod(uint256 newGracePeriod) external restricted {
        Timing memory t = _timing;
        _setTiming(newGracePeriod, t.tabExpirationTime, t.synchronizationDelay, t.withdrawalGracePeriod);
        emit RemunerationGracePeriodUpdated(newGracePeriod);
    }

    /// @inheritdoc ICore4Mica
    function setWithdrawalGracePeriod(uint256 newGracePeriod) external restricted {
        Timing memory t = _timing;
        _setTiming(t.remunerationGracePeriod, t.tabExpirationTime, t.synchronizationDelay, newGracePeriod);
        emit WithdrawalGracePeriodUpdated(newGracePeriod);
    }

    /// @inheritdoc ICore4Mica
    function setTabExpirationTime(uint256 newExpirationTime) external restricted {
        Timing memory t = _timing;
        _setTiming(t.remunerationGracePeriod, newExpirationTime, t.synchronizationDelay, t.withdrawalGracePeriod);
        emit TabExpirationTimeUpdated(newExpirationTime);
    }

    /// @inheritdoc ICore4Mica
    function setSynchronizationDelay(uint256 newSynchronizationDelay) external restricted {
        Timing memory t = _timing;
        _setTiming(t.remunerationGracePeriod, t.tabExpirationTime, newSynchronizationDelay, t.withdrawalGracePeriod);
        emit SynchronizationDelayUpdated(newSynchronizationDelay);
    }

    /// @inheritdoc ICore4Mica
    function setTimingParameters(
        uint256 newRemunerationGracePeriod,
        uint256 newTabExpirationTime,
        uint256 newSynchronizationDelay,
        uint256 newWithdrawalGracePeriod
    ) external restricted {
        _setTiming(
            newRemunerationGracePeriod, newTabExpirationTime, newSynchronizationDelay, newWithdrawalGracePeriod
        );
        emit RemunerationGracePeriodUpdated(newRemunerationGracePeriod);
        emit TabExpirationTimeUpdated(newTabExpirationTime);
        emit SynchronizationDelayUpdated(newSynchronizationDelay);
        emit WithdrawalGracePeriodUpdated(newWithdrawalGracePeriod);
    }

    /// @inheritdoc ICore4Mica
    function setGuaranteeVerificationKey(BLS.G1Point calldata verificationKey) external restricted {
        _requireValidKey(verificationKey);
        emit VerificationKeyUpdated(verificationKey);
        VersionConfig memory config = _versions[INITIAL_GUARANTEE_VERSION];
        config.verificationKey = verificationKey;
        _storeVersion(INITIAL_GUARANTEE_VERSION, config);
    }

    /// @inheritdoc ICore4Mica
    function configureGuaranteeVersion(
        uint64 version,
        BLS.G1Point calldata verificationKey,
        bytes32 domainSeparator,
        address decoder,
        bool enabled
    ) external restricted {
        bool isInitial = version == INITIAL_GUARANTEE_VERSION;
        if (version == 0 || (isInitial && decoder != address(0))) revert UnsupportedGuaranteeVersion(version);
        if (enabled) {
            if (!isInitial && decoder == address(0)) revert MissingGuaranteeDecoder(version);
            if (domainSeparator == 0) revert InvalidGuaranteeDomain();
        } else {
            if (domainSeparator == 0) domainSeparator = _versions[version].domainSeparator;
            if (decoder == address(0)) decoder = _versions[version].decoder;
        }
        _requireValidKey(verificationKey);
        _storeVersion(version, VersionConfig(verificationKey, domainSeparator, decoder, enabled));
    }

    /// @inheritdoc ICore4Mica
    function setStablecoinAsset(address asset, bool enabled) external restricted {
        _setToken(asset, enabled);
    }

    /// @inheritdoc ICore4Mica
    function setStablecoinAssets(address[] calldata assets, bool enabled) external restricted {
        for (uint256 i = 0; i < assets.length; i++) {
            _setToken(assets[i], enabled);
        }
    }

    /// @inheritdoc ICore4Mica
    function verifyAndDecodeGuarantee(bytes calldata guarantee, BLS.G2Point calldata signature)
        public
        view
        returns (Guarantee memory g)
    {
        (uint64 version, bytes memory inner) = abi.decode(guarantee, (uint64, bytes));
        VersionConfig memory config = _versions[version];
        if (!config.enabled) revert UnsupportedGuaranteeVersion(version);
        if (!GuaranteeSignature.verify(config.verificationKey, signature, guarantee)) revert InvalidSignature();

        g = version == INITIAL_GUARANTEE_VERSION
            ? abi.decode(inner, (Guarantee))
            : IGuaranteeDecoder(config.decoder).decode(inner);
        if (g.version != version) revert UnsupportedGuaranteeVersion(g.version);
        if (g.domain != config.domainSeparator) revert InvalidGuaranteeDomain();
    }

    /// @inheritdoc ICore4Mica
    function getGuaranteeVersionConfig(uint64 version)
        external
        view
        returns (BLS.G1Point memory verificationKey, bytes32 domainSeparator, address decoder, bool enabled)
    {
        VersionConfig memory config = _versions[version];
        return (config.verificationKey, config.domainSeparator, config.decoder, config.enabled);
    }

    /// @inheritdoc ICore4Mica
    function guaranteeDomainSeparator() external view returns (bytes32) {
        return _versions[INITIAL_GUARANTEE_VERSION].domainSeparator;
    }

    /// @inheritdoc ICore4Mica
    function GUARANTEE_VERIFICATION_KEY()
        external
        view
        returns (bytes32 x_a, bytes32 x_b, bytes32 y_a, bytes32 y_b)
    {
        BLS.G1Point memory key = _versions[INITIAL_GUARANTEE_VERSION].verificationKey;
        return (key.x_a, key.x_b, key.y_a, key.y_b);
    }

    /// @inheritdoc ICore4Mica
    function remunerationGracePeriod() external view returns (uint256) {
        return _timing.remunerationGracePeriod;
    }

    /// @inheritdoc ICore4Mica
    function withdrawalGracePeriod() external view returns (uint256) {
        return _timing.withdrawalGracePeriod;
    }

    /// @inheritdoc ICore4Mica
    function tabExpirationTime() external view returns (uint256) {
        return _timing.tabExpirationTime;
    }

    /// @inheritdoc ICore4Mica
    function synchronizationDelay() external view returns (uint256) {
        return _timing.synchronizationDelay;
    }

    /// @inheritdoc ICore4Mica
    function collateral(address userAddr) external view returns (uint256) {
        return _collateral[userAddr][ETH];
    }

    /// @inheritdoc ICore4Mica
    function collateral(address userAddr, address asset) public view returns (uint256) {
        _requireSupported(asset);
        return _collateral[userAddr][asset];
    }

    /// @inheritdoc ICore4Mica
    function getUser(address userAddr)
        external
        view
        returns (uint256 assetCollateral, uint256 withdrawalRequestTimestamp, uint256 withdrawalRequestAmount)
    {
        return getUser(userAddr, ETH);
    }

    /// @inheritdoc ICore4Mica
    function getUser(address userAddr, address asset)
        public
        view
        returns (uint256 assetCollateral, uint256 withdrawalRequestTimestamp, uint256 withdrawalRequestAmount)
    {
        UserAssetInfo memory info = _userAsset(userAddr, asset);
        return (info.collateral, info.withdrawalRequestTimestamp, info.withdrawalRequestAmount);
    }

    /// @inheritdoc ICore4Mica
    function getUserAllAssets(address userAddr) external view returns (UserAssetInfo[] memory infos) {
        uint256 enabledCount = _enabledTokens.length();
        uint256 disabledCount = _disabledTokens.length();
        infos = new UserAssetInfo[](1 + enabledCount + disabledCount);
        infos[0] = _userAsset(userAddr, ETH);
        for (uint256 i = 0; i < enabledCount; i++) {
            infos[1 + i] = _userAsset(userAddr, _enabledTokens.at(i));
        }
        for (uint256 i = 0; i < disabledCount; i++) {
            infos[1 + enabledCount + i] = _userAsset(userAddr, _disabledTokens.at(i));
        }
    }

    /// @inheritdoc ICore4Mica
    function getPaymentStatus(uint256 tabId) external view returns (uint256 paid, bool remunerated, address asset) {
        return payments(tabId);
    }

    /// @inheritdoc ICore4Mica
    function payments(uint256 tabId) public view returns (uint256 paid, bool remunerated, address asset) {
        TabAccounting.Tab memory tab = _tabs[tabId];
        return (tab.paid, tab.remunerated != 0, tab.asset);
    }

    /// @inheritdoc ICore4Mica
    function remuneratedAmount(uint256 tabId) external view virtual returns (uint256) {
        return _tabs[tabId].remunerated;
    }

    /// @inheritdoc ICore4Mica
    function getERC20Tokens() external view returns (address[] memory) {
        return _enabledTokens.values();
    }

    /// @inheritdoc ICore4Mica
    function guaranteeCapacity(address userAddr, address asset) external view returns (uint256) {
        return collateral(userAddr, asset);
    }

    /// @inheritdoc ICore4Mica
    function principalBalance(address userAddr, address asset) external view returns (uint256) {
        return collateral(userAddr, asset);
    }

    /// @inheritdoc ICore4Mica
    function withdrawableBalance(address userAddr, address asset) external view returns (uint256) {
        return collateral(userAddr, asset);
    }

    /// @inheritdoc ICore4Mica
    function stablecoinAToken(address) external pure returns (address) {
        return address(0);
    }

    function _credit(address user, address asset, uint256 amount) private {
        _collateral[user][asset] += amount;
        emit CollateralDeposited(user, asset, amount);
    }

    function _requestWithdrawal(address asset, uint256 amount) private {
        if (amount == 0) revert AmountZero();
        _requireNotPaused();
        if (_collateral[msg.sender][asset] < amount) revert InsufficientAvailable();
        withdrawalRequests[msg.sender][asset] = WithdrawalRequest(block.timestamp, amount);
        emit WithdrawalRequested(msg.sender, asset, block.timestamp, amount);
    }

    function _cancelWithdrawal(address asset) private {
        _requireNotPaused();
        if (withdrawalRequests[msg.sender][asset].timestamp == 0) revert NoWithdrawalRequested();
        _deleteWithdrawal(msg.sender, asset);
    }

    function _deleteWithdrawal(address user, address asset) private {
        delete withdrawalRequests[user][asset];
        emit WithdrawalCanceled(user, asset);
    }

    function _finalizeWithdrawal(address asset) private {
        _requireNotPaused();
        WithdrawalRequest memory request = withdrawalRequests[msg.sender][asset];
        if (request.timestamp == 0) revert NoWithdrawalRequested();
        if (block.timestamp < request.timestamp + _timing.withdrawalGracePeriod) revert GracePeriodNotElapsed();

        uint256 available = _collateral[msg.sender][asset];
        uint256 amount = request.amount < available ? request.amount : available;
        _collateral[msg.sender][asset] = available - amount;
        delete withdrawalRequests[msg.sender][asset];
        emit CollateralWithdrawn(msg.sender, asset, amount);

        _send(asset, msg.sender, amount);
    }

    /// @dev What a certificate over `totalAmount` may still collect; reverts when that is nothing.
    function _amountDue(TabAccounting.Tab storage tab, uint256 totalAmount) internal view virtual returns (uint256) {
        return TabAccounting.amountDue(totalAmount, tab.paid, tab.remunerated);
    }

    /// @dev Certificates from before the operator had to know of the request come first.
    function _reducePendingWithdrawal(Guarantee memory g, uint256 due, uint256 delay) private {
        WithdrawalRequest storage request = withdrawalRequests[g.client][g.asset];
        uint256 requestedAt = request.timestamp;
        if (requestedAt == 0 || g.timestamp >= requestedAt + delay) return;
        uint256 amount = request.amount;
        if (amount > due) request.amount = amount - due;
        else _deleteWithdrawal(g.client, g.asset);
    }

    function _tabForPayment(uint256 tabId, address asset, uint256 amount)
        private
        returns (TabAccounting.Tab storage tab)
    {
        _requireSupported(asset);
        if (amount == 0) revert AmountZero();
        tab = _tabs[tabId];
        tab.bindAsset(asset);
    }

    function _send(address asset, address to, uint256 amount) private {
        if (amount == 0) return;
        if (asset != ETH) return IERC20(asset).safeTransfer(to, amount);
        (bool success,) = to.call{value: amount}("");
        if (!success) revert TransferFailed();
    }

    function _setTiming(uint256 remunerationGrace, uint256 tabExpiration, uint256 delay, uint256 withdrawalGrace)
        private
    {
        if (remunerationGrace == 0 || tabExpiration == 0 || delay == 0 || withdrawalGrace == 0) revert AmountZero();
        if (
            withdrawalGrace > type(uint64).max || delay >= withdrawalGrace
                || tabExpiration >= withdrawalGrace - delay || remunerationGrace >= tabExpiration
        ) revert IllegalValue();
        _timing = Timing(uint64(remunerationGrace), uint64(tabExpiration), uint64(delay), uint64(withdrawalGrace));
    }

    function _storeVersion(uint64 version, VersionConfig memory config) private {
        _versions[version] = config;
        emit GuaranteeVersionUpdated(
            version, config.verificationKey, config.domainSeparator, config.decoder, config.enabled
        );
    }

    /// @return changed Whether the token was in the other state before.
    function _setToken(address asset, bool enabled) private returns (bool changed) {
        if (asset == address(0)) revert InvalidAsset(asset);
        if (enabled) {
            changed = _enabledTokens.add(asset);
            _disabledTokens.remove(asset);
        } else {
            changed = _enabledTokens.remove(asset) && _disabledTokens.add(asset);
        }
        if (changed) emit StablecoinAssetUpdated(asset, enabled);
    }

    function _userAsset(address user, address asset) private view returns (UserAssetInfo memory) {
        WithdrawalRequest memory request = withdrawalRequests[user][asset];
        return UserAssetInfo(asset, collateral(user, asset), request.timestamp, request.amount);
    }

    function _isKnownToken(address asset) private view returns (bool) {
        return _enabledTokens.contains(asset) || _disabledTokens.contains(asset);
    }

    function _requireSupported(address asset) private view {
        if (asset != ETH && !_isKnownToken(asset)) revert UnsupportedAsset(asset);
    }

    function _requireRecipient(address recipient) private view {
        if (recipient == address(0) || recipient == address(this)) revert InvalidRecipient();
    }

    function _requireValidKey(BLS.G1Point memory key) private view {
        if (!GuaranteeSignature.isValidKey(key)) revert IllegalValue();
    }
}
