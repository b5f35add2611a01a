// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {BLS} from "solady/src/utils/ext/ithaca/BLS.sol";
import {Guarantee} from "../types/Guarantee.sol";

/// @title Collateral, payments and remuneration of the 4Mica credit network
/// @notice Payers lock collateral. Recipients of certified guarantees that stay unpaid collect from it.
///
/// Promises:
/// - Collateral leaves a payer's balance only by the payer's own withdrawal or by a certificate that the
///   operator signed and that names the payer.
/// - The collateral of all payers in an asset never exceeds what the contract holds of it.
/// - A tab is never remunerated beyond the largest `totalAmount` of its certificates less what was recorded as
///   paid. Certificates of a tab are cumulative, so a later one collects what earlier ones left open.
/// - Anybody may submit a certificate; the money always goes to the recipient it names.
/// - A withdrawal takes longer than the life of a certificate plus the operator's synchronisation delay.
/// - Disabling a token stops deposits of it and nothing else.
///
/// Assets are addressed by token; the zero address stands for ETH. Amounts are wei or base units, times are unix
/// seconds. Changing a timing parameter or a verification key affects certificates that are already issued.
interface ICore4Mica {
    /// @notice The collateral of one user in one asset.
    struct UserAssetInfo {
        address asset;
        uint256 collateral;
        uint256 withdrawalRequestTimestamp;
        uint256 withdrawalRequestAmount;
    }

    // Errors

    /// @notice An amount, a duration or the value of a transaction is zero.
    error AmountZero();
    /// @notice The requested withdrawal is larger than the caller's collateral.
    error InsufficientAvailable();
    /// @notice ETH could not be sent, or a token transfer delivered nothing.
    error TransferFailed();
    /// @notice The withdrawal was requested less than `withdrawalGracePeriod` ago.
    error GracePeriodNotElapsed();
    /// @notice The caller has no pending withdrawal of the asset.
    error NoWithdrawalRequested();
    /// @notice The contract was called with unknown calldata or received ETH outside of `deposit`.
    error DirectTransferNotAllowed();
    /// @notice The payer's collateral does not cover the amount due.
    error DoubleSpendingDetected();
    /// @notice The certificate is younger than `remunerationGracePeriod`.
    error TabNotYetOverdue();
    /// @notice The certificate is older than `tabExpirationTime`.
    error TabExpired();
    /// @notice Nothing of the certificate's total is left because the tab was remunerated before.
    error TabPreviouslyRemunerated();
    /// @notice Recorded payments cover the certificate's total.
    error TabAlreadyPaid();
    /// @notice The signature was not made over these bytes with the version's key.
    error InvalidSignature();
    /// @notice The recipient is the zero address or this contract.
    error InvalidRecipient();
    /// @notice A parameter violates the order of the time windows, or a key is not a point of the key group.
    error IllegalValue();
    /// @notice The asset was never enabled, or is not enabled for deposits.
    error UnsupportedAsset(address asset);
    /// @notice The tab is bound to another asset, or the token cannot be registered.
    error InvalidAsset(address asset);
    /// @notice The version is unknown, disabled or not the one of the certified claims.
    error UnsupportedGuaranteeVersion(uint64 version);
    /// @notice The certificate was issued for another contract, chain or version.
    error InvalidGuaranteeDomain();
    /// @notice A version above 1 has no decoder.
    error MissingGuaranteeDecoder(uint64 version);
    /// @notice The payment id was used before with other values.
    error PaymentRecordConflict(bytes32 paymentId);
    /// @notice The access manager is the zero address.
    error ZeroAddress();
    /// @notice A signature coordinate is not a field element, or the point is not on the curve or not in the subgroup.
    error PairingFailed();

    // Events

    /// @notice `user` received `amount` of collateral, which is what arrived and may be less than was sent.
    event CollateralDeposited(address indexed user, address indexed asset, uint256 amount);
    /// @notice `amount` of collateral was returned to `user`.
    event CollateralWithdrawn(address indexed user, address indexed asset, uint256 amount);
    /// @notice `user` asked at `when` to withdraw `amount`; an earlier request for the asset is replaced.
    event WithdrawalRequested(address indexed user, address indexed asset, uint256 when, uint256 amount);
    /// @notice The request of `user` is gone: canceled, or consumed by a remuneration.
    event WithdrawalCanceled(address indexed user, address indexed asset);
    /// @notice `amount` went from the payer's collateral to the recipient of the tab.
    event RecipientRemunerated(uint256 indexed tabId, address indexed asset, uint256 amount);
    /// @notice `user` sent `amount` to `recipient` for the tab. The contract has not checked the tab.
    event TabPaid(
        uint256 indexed tabId, address indexed asset, address indexed user, address recipient, uint256 amount
    );
    /// @notice The operator recorded a payment.
    event PaymentRecorded(uint256 indexed tabId, address indexed asset, uint256 amount);
    /// @notice The operator recorded a payment under an id, for the first time.
    event PaymentRecordedById(
        bytes32 indexed paymentId, uint256 indexed tabId, address indexed asset, uint256 amount
    );
    /// @notice The operator repeated a record; nothing changed.
    event PaymentRecordReplayed(
        bytes32 indexed paymentId, uint256 indexed tabId, address indexed asset, uint256 amount
    );
    /// @notice The wait between the request and the payout of a withdrawal changed.
    event WithdrawalGracePeriodUpdated(uint256 newGracePeriod);
    /// @notice The time a payer has before the collateral can be taken changed.
    event RemunerationGracePeriodUpdated(uint256 newGracePeriod);
    /// @notice The life of certificates changed.
    event TabExpirationTimeUpdated(uint256 newExpirationTime);
    /// @notice The time the operator has to notice a withdrawal request changed.
    event SynchronizationDelayUpdated(uint256 newSynchronizationDelay);
    /// @notice The key of version 1 was replaced.
    event VerificationKeyUpdated(BLS.G1Point newVerificationKey);
    /// @notice A guarantee version was configured.
    event GuaranteeVersionUpdated(
        uint64 indexed version,
        BLS.G1Point verificationKey,
        bytes32 domainSeparator,
        address decoder,
        bool enabled
    );
    /// @notice Deposits of a token were enabled or disabled.
    event StablecoinAssetUpdated(address indexed asset, bool enabled);

    // Payer

    /// @notice Adds the value of the transaction to the caller's ETH collateral.
    /// @dev Reverts AmountZero, EnforcedPause.
    function deposit() external payable;

    /// @notice Takes `amount` of a token from the caller and adds what arrives to the caller's collateral.
    /// @dev Needs an allowance. Reverts UnsupportedAsset (also when disabled), AmountZero, EnforcedPause,
    /// SafeERC20FailedOperation or the token's own error, TransferFailed when nothing arrives.
    function depositStablecoin(address asset, uint256 amount) external;

    /// @notice Requests a withdrawal of ETH collateral; replaces an earlier request and restarts the wait.
    /// @dev Reverts AmountZero, EnforcedPause, InsufficientAvailable.
    function requestWithdrawal(uint256 amount) external;

    /// @notice Requests a withdrawal of collateral in `asset`; the zero address means ETH.
    /// @dev Reverts UnsupportedAsset, AmountZero, EnforcedPause, InsufficientAvailable.
    function requestWithdrawal(address asset, uint256 amount) external;

    /// @notice Cancels the caller's pending withdrawal of ETH.
    /// @dev Reverts EnforcedPause, NoWithdrawalRequested.
    function cancelWithdrawal() external;

    /// @notice Cancels the caller's pending withdrawal of `asset`.
    /// @dev Reverts UnsupportedAsset, EnforcedPause, NoWithdrawalRequested.
    function cancelWithdrawal(address asset) external;

    /// @notice Pays the caller's pending withdrawal of ETH, at most what is left of the collateral.
    /// @dev Reverts EnforcedPause, NoWithdrawalRequested, GracePeriodNotElapsed, TransferFailed.
    function finalizeWithdrawal() external;

    /// @notice Pays the caller's pending withdrawal of `asset`, at most what is left of the collateral.
    /// @dev Reverts UnsupportedAsset, EnforcedPause, NoWithdrawalRequested, GracePeriodNotElapsed, TransferFailed
    /// or the token's own error.
    function finalizeWithdrawal(address asset) external;

    /// @notice Sends a token from the caller to `recipient` as a payment for a tab.
    /// @dev Needs an allowance. Neither the tab nor the recorded payments are looked at: the operator watches TabPaid
    /// and records it. Reverts UnsupportedAsset (also for ETH), AmountZero, InvalidRecipient, EnforcedPause,
    /// SafeERC20FailedOperation or the token's own error.
    function payTabInERC20Token(uint256 tabId, address asset, uint256 amount, address recipient) external;

    // Recipient

    /// @notice Pays the recipient of a certificate from the payer's collateral:
    /// `totalAmount` less recorded payments and less what the tab was remunerated before.
    /// @dev Open to anybody, also while paused, from `timestamp + remunerationGracePeriod` to
    /// `timestamp + tabExpirationTime` inclusive. A pending withdrawal of the payer that was requested less than
    /// `synchronizationDelay` before the certificate's time, or after it, is reduced by the amount due. Reverts with
    /// the errors of `verifyAndDecodeGuarantee`, then AmountZero, InvalidRecipient, TabNotYetOverdue, TabExpired,
    /// UnsupportedAsset, InvalidAsset, TabPreviouslyRemunerated, TabAlreadyPaid, DoubleSpendingDetected,
    /// TransferFailed or the token's own error.
    /// @param guaranteeData The certified bytes: abi.encode(uint64 version, bytes claims).
    /// @param signature The BLS12-381 signature over `guaranteeData`.
    function remunerate(bytes calldata guaranteeData, BLS.G2Point calldata signature) external;

    // Operator

    /// @notice Adds a payment that the operator has seen to the tab. Repeating the call counts the payment twice.
    /// @dev Reverts AccessManagedUnauthorized, UnsupportedAsset, AmountZero, InvalidAsset.
    function recordPayment(uint256 tabId, address asset, uint256 amount) external;

    /// @notice Adds a payment to the tab unless `paymentId` was recorded with the same values before.
    /// @dev Reverts AccessManagedUnauthorized, UnsupportedAsset, AmountZero, InvalidAsset, PaymentRecordConflict.
    function recordPaymentById(bytes32 paymentId, uint256 tabId, address asset, uint256 amount) external;

    // Governance

    /// @notice Stops deposits, withdrawals and token payments; remuneration goes on.
    function pause() external;

    /// @notice Ends a pause.
    function unpause() external;

    /// @notice Sets the time a payer has before the collateral can be taken.
    /// @dev Reverts AmountZero, IllegalValue unless below `tabExpirationTime`.
    function setRemunerationGracePeriod(uint256 newGracePeriod) external;

    /// @notice Sets the wait between the request and the payout of a withdrawal.
    /// @dev Reverts AmountZero, IllegalValue unless above `synchronizationDelay + tabExpirationTime`.
    function setWithdrawalGracePeriod(uint256 newGracePeriod) external;

    /// @notice Sets the life of certificates.
    /// @dev Reverts AmountZero, IllegalValue unless above `remunerationGracePeriod` and, with
    /// `synchronizationDelay`, below `withdrawalGracePeriod`.
    function setTabExpirationTime(uint256 newExpirationTime) external;

    /// @notice Sets the time the operator has to notice a withdrawal request.
    /// @dev Reverts AmountZero, IllegalValue unless, with `tabExpirationTime`, below `withdrawalGracePeriod`.
    function setSynchronizationDelay(uint256 newSynchronizationDelay) external;

    /// @notice Sets all four times at once.
    /// @dev Reverts AmountZero when any is zero, IllegalValue unless remunerationGrace < tabExpiration and
    /// synchronizationDelay + tabExpiration < withdrawalGrace. Times are limited to 64 bits.
    function setTimingParameters(
        uint256 newRemunerationGracePeriod,
        uint256 newTabExpirationTime,
        uint256 newSynchronizationDelay,
        uint256 newWithdrawalGracePeriod
    ) external;

    /// @notice Replaces the key of version 1. Outstanding certificates of version 1 lose their value: stop issuing and
    /// wait `tabExpirationTime` before, or configure a new version with the new key instead.
    /// @dev Reverts IllegalValue when the key is infinity or not in the key group.
    function setGuaranteeVerificationKey(BLS.G1Point calldata verificationKey) external;

    /// @notice Configures a guarantee version. Disabling with a zero domain or decoder keeps the stored one.
    /// @dev Reverts UnsupportedGuaranteeVersion for version 0 and for version 1 with a decoder,
    /// MissingGuaranteeDecoder, InvalidGuaranteeDomain when enabled without a domain, IllegalValue when the key is
    /// infinity or not in the key group.
    function configureGuaranteeVersion(
        uint64 version,
        BLS.G1Point calldata verificationKey,
        bytes32 domainSeparator,
        address decoder,
        bool enabled
    ) external;

    /// @notice Enables or disables deposits of a token. Balances of a disabled token stay usable.
    /// @dev Reverts InvalidAsset for the zero address. Does nothing when the state is as asked.
    function setStablecoinAsset(address asset, bool enabled) external;

    /// @notice Enables or disables deposits of several tokens.
    function setStablecoinAssets(address[] calldata assets, bool enabled) external;

    // Views

    /// @notice Verifies a certificate and returns its claims.
    /// @dev Reverts without data when the envelope or version 1 claims are not ABI encoded; otherwise, in order,
    /// UnsupportedGuaranteeVersion, InvalidSignature or PairingFailed, the errors of the version's decoder,
    /// UnsupportedGuaranteeVersion when the claims carry another version, InvalidGuaranteeDomain.
    function verifyAndDecodeGuarantee(bytes calldata guarantee, BLS.G2Point calldata signature)
        external
        view
        returns (Guarantee memory);

    /// @notice Returns the configuration of a guarantee version; all zero when it was never configured.
    function getGuaranteeVersionConfig(uint64 version)
        external
        view
        returns (BLS.G1Point memory verificationKey, bytes32 domainSeparator, address decoder, bool enabled);

    /// @notice Returns the guarantee domain separator of version 1.
    function guaranteeDomainSeparator() external view returns (bytes32);

    /// @notice Returns the verification key of version 1.
    function GUARANTEE_VERIFICATION_KEY()
        external
        view
        returns (bytes32 x_a, bytes32 x_b, bytes32 y_a, bytes32 y_b);

    /// @notice Returns the version that needs no decoder: 1.
    function INITIAL_GUARANTEE_VERSION() external view returns (uint64);

    /// @notice Returns the time a payer has before the collateral can be taken.
    function remunerationGracePeriod() external view returns (uint256);

    /// @notice Returns the wait between the request and the payout of a withdrawal.
    function withdrawalGracePeriod() external view returns (uint256);

    /// @notice Returns the life of certificates.
    function tabExpirationTime() external view returns (uint256);

    /// @notice Returns the time the operator has to notice a withdrawal request.
    function synchronizationDelay() external view returns (uint256);

    /// @notice Returns the ETH collateral of a user.
    function collateral(address userAddr) external view returns (uint256);

    /// @notice Returns the collateral of a user in an asset.
    /// @dev Reverts UnsupportedAsset when the asset was never enabled.
    function collateral(address userAddr, address asset) external view returns (uint256);

    /// @notice Returns ETH collateral and pending withdrawal of a user.
    function getUser(address userAddr)
        external
        view
        returns (uint256 assetCollateral, uint256 withdrawalRequestTimestamp, uint256 withdrawalRequestAmount);

    /// @notice Returns collateral and pending withdrawal of a user in an asset.
    /// @dev Reverts UnsupportedAsset when the asset was never enabled.
    function getUser(address userAddr, address asset)
        external
        view
        returns (uint256 assetCollateral, uint256 withdrawalRequestTimestamp, uint256 withdrawalRequestAmount);

    /// @notice Returns ETH first, then every enabled token, then every disabled one, also when the user has none.
    function getUserAllAssets(address userAddr) external view returns (UserAssetInfo[] memory);

    /// @notice Returns what was recorded as paid, whether the tab was remunerated, and its asset.
    function getPaymentStatus(uint256 tabId)
        external
        view
        returns (uint256 paid, bool remunerated, address asset);

    /// @notice Returns the same as `getPaymentStatus`.
    function payments(uint256 tabId) external view returns (uint256 paid, bool remunerated, address asset);

    /// @notice Returns how much of a tab was taken from collateral so far. A contract that answers this view pays
    /// certificates incrementally.
    function remuneratedAmount(uint256 tabId) external view returns (uint256);

    /// @notice Returns the pending withdrawal of a user in an asset; zeros when there is none.
    function withdrawalRequests(address userAddr, address asset)
        external
        view
        returns (uint256 timestamp, uint256 amount);

    /// @notice Returns keccak256(abi.encode(tabId, asset, amount)) of a recorded payment; zero when unknown.
    function paymentRecordDigests(bytes32 paymentId) external view returns (bytes32);

    /// @notice Returns the tokens that are enabled for deposits. The order changes when a token is disabled.
    function getERC20Tokens() external view returns (address[] memory);

    /// @notice Returns the collateral that can secure guarantees.
    /// @dev Equals `collateral`: this contract holds its tokens itself. Reverts UnsupportedAsset.
    function guaranteeCapacity(address userAddr, address asset) external view returns (uint256);

    /// @notice Returns the collateral without yield.
    /// @dev Equals `collateral`: this contract earns no yield. Reverts UnsupportedAsset.
    function principalBalance(address userAddr, address asset) external view returns (uint256);

    /// @notice Returns the collateral that a withdrawal may ask for.
    /// @dev Equals `collateral`: this contract earns no yield. Reverts UnsupportedAsset.
    function withdrawableBalance(address userAddr, address asset) external view returns (uint256);

    /// @notice Returns the zero address: tokens are not supplied to a lending pool.
    function stablecoinAToken(address asset) external view returns (address);
}
