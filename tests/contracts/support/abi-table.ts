/** Selectors and topics that existing clients of the protocol use. */

export const FUNCTION_SELECTORS = {
  'deposit()': '0xd0e30db0',
  'depositStablecoin(address,uint256)': '0xa587f4f3',
  'requestWithdrawal(uint256)': '0x9ee679e8',
  'requestWithdrawal(address,uint256)': '0xda95ebf7',
  'cancelWithdrawal()': '0x22611280',
  'cancelWithdrawal(address)': '0x3e0db869',
  'finalizeWithdrawal()': '0xc5b6aa2f',
  'finalizeWithdrawal(address)': '0x4abf24cb',
  'payTabInERC20Token(uint256,address,uint256,address)': '0xa0eb8057',
  'remunerate(bytes,(bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32))': '0xa14a7a0a',
  'verifyAndDecodeGuarantee(bytes,(bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32))':
    '0xe5e12b85',
  'getGuaranteeVersionConfig(uint64)': '0x563550ae',
  'guaranteeDomainSeparator()': '0x991ce4cd',
  'GUARANTEE_VERIFICATION_KEY()': '0xdf4087c6',
  'INITIAL_GUARANTEE_VERSION()': '0x07127ea8',
  'remunerationGracePeriod()': '0x47038224',
  'withdrawalGracePeriod()': '0x4b35928f',
  'tabExpirationTime()': '0x182d3506',
  'synchronizationDelay()': '0x956200d5',
  'collateral(address)': '0xa5fdc5de',
  'collateral(address,address)': '0xcc218ece',
  'getUser(address)': '0x6f77926b',
  'getUser(address,address)': '0x90bde517',
  'getUserAllAssets(address)': '0xc4edab2d',
  'getPaymentStatus(uint256)': '0xa1650043',
  'payments(uint256)': '0x87d81789',
  'withdrawalRequests(address,address)': '0xb84f3197',
  'paymentRecordDigests(bytes32)': '0xb3ee7b95',
  'getERC20Tokens()': '0x115c68c7',
  'paused()': '0x5c975abb',
  'authority()': '0xbf7e214f',
  'isConsumingScheduledOp()': '0x8fb36037',
  'recordPayment(uint256,address,uint256)': '0xb0575dd2',
  'recordPaymentById(bytes32,uint256,address,uint256)': '0x2d74500d',
  'pause()': '0x8456cb59',
  'unpause()': '0x3f4ba83a',
  'setRemunerationGracePeriod(uint256)': '0x38cfe6b0',
  'setWithdrawalGracePeriod(uint256)': '0x0d4976cb',
  'setTabExpirationTime(uint256)': '0x67e4ecbe',
  'setSynchronizationDelay(uint256)': '0xda0a4c2e',
  'setTimingParameters(uint256,uint256,uint256,uint256)': '0x8482c861',
  'setGuaranteeVerificationKey((bytes32,bytes32,bytes32,bytes32))': '0x322241b5',
  'configureGuaranteeVersion(uint64,(bytes32,bytes32,bytes32,bytes32),bytes32,address,bool)': '0x548c0786',
  'setStablecoinAsset(address,bool)': '0x7f74d9db',
  'setStablecoinAssets(address[],bool)': '0x83f4f432',
  'setAuthority(address)': '0x7a9e5e4b',
  'principalBalance(address,address)': '0xd9f41b68',
  'guaranteeCapacity(address,address)': '0xe6edddb9',
  'withdrawableBalance(address,address)': '0x3bbe1ecd',
  'stablecoinAToken(address)': '0xd7f3b428',
} as const;

export const EVENT_TOPICS = {
  'CollateralDeposited(address indexed, address indexed, uint256)':
    '0xf1c0dd7e9b98bbff859029005ef89b127af049cd18df1a8d79f0b7e019911e56',
  'CollateralWithdrawn(address indexed, address indexed, uint256)':
    '0x45892a46e6cef329bb642da6d69846d324db43d19008edc141ed82382eda1bee',
  'WithdrawalRequested(address indexed, address indexed, uint256, uint256)':
    '0x196e6601eb68141737e4636af773e3013089d698090efd395ba859863e1f2f9c',
  'WithdrawalCanceled(address indexed, address indexed)':
    '0xe575a063e3dae59781b2089c49a922a8d6a76290b3e73b67d1fa34ca59a8c87f',
  'RecipientRemunerated(uint256 indexed, address indexed, uint256)':
    '0xa8e7ec84095cf4580c2c44b7c7509ebda906f04ddae7850d44d54c3e50d71f0c',
  'TabPaid(uint256 indexed, address indexed, address indexed, address, uint256)':
    '0xb54478165024f1696255f1a7140aff169d808dfbbb509beabb9421daf9060b84',
  'PaymentRecorded(uint256 indexed, address indexed, uint256)':
    '0x7de07bd2aa628dfa876fae9f600dec58e071fc4769629168d212d884c7f16907',
  'PaymentRecordedById(bytes32 indexed, uint256 indexed, address indexed, uint256)':
    '0x0634be67e248227be8e522937d26a4bbdd8bfb8733acbe202af771a35d9811e2',
  'PaymentRecordReplayed(bytes32 indexed, uint256 indexed, address indexed, uint256)':
    '0xb738181012722b4c2bf6442f17332d5f0687c068a1739b07e850980a068f8f9e',
  'WithdrawalGracePeriodUpdated(uint256)':
    '0x2fab9f1ccb93f5baaaae3bf36ce5faf9487fb064a4fcf35d1be91153c8b3450d',
  'RemunerationGracePeriodUpdated(uint256)':
    '0x1601be03cd5bb7a25feb6a24b86b483874bcc79dbd70679649defd556c4e0ca1',
  'TabExpirationTimeUpdated(uint256)': '0xa637bd3c6f0b945cca705799c6e048fb8290732846f363d5d302f115b54c999e',
  'SynchronizationDelayUpdated(uint256)':
    '0x0450cdfce12e580421713ec44389034f33bcf55ed8173759660509918e800db5',
  'VerificationKeyUpdated((bytes32,bytes32,bytes32,bytes32))':
    '0x624010c69da8a2f5ccfa196b6307ea820b2a82244673d41491e2903a6b1a38b2',
  'GuaranteeVersionUpdated(uint64 indexed, (bytes32,bytes32,bytes32,bytes32), bytes32, address, bool)':
    '0x2817724068d945bfafaa9c0d0655e6ddb5256558ee7fb37ce6f2741726d82d7e',
  'StablecoinAssetUpdated(address indexed, bool)':
    '0x470844fd07cd485e70a0979a624c792fad2e3d905b082be28447522695c2ceb6',
  'Paused(address)': '0x62e78cea01bee320cd4e420270b5ea74000d11b0c9f74754ebdbfc544b05a258',
  'Unpaused(address)': '0x5db9ee0a495bf2e6ff9c91a7834c1ba4fdd244a5e8aa4e537bd38aeae4b073aa',
  'AuthorityUpdated(address)': '0x2f658b440c35314f52658ea8a740e05b284cdc84dc9ae01e891f21b8933e7cad',
} as const;

export const ERROR_SELECTORS = {
  'AmountZero()': '0xcbca5aa2',
  'InsufficientAvailable()': '0x5fe02f59',
  'TransferFailed()': '0x90b8ec18',
  'GracePeriodNotElapsed()': '0x7ce0bd8c',
  'NoWithdrawalRequested()': '0x87bdc6a9',
  'DirectTransferNotAllowed()': '0x3ee6509d',
  'DoubleSpendingDetected()': '0x8d5e4a7f',
  'TabNotYetOverdue()': '0x0d544bb1',
  'TabExpired()': '0x70d932af',
  'TabPreviouslyRemunerated()': '0x77f5e8ba',
  'TabAlreadyPaid()': '0x770a20b3',
  'InvalidSignature()': '0x8baa579f',
  'InvalidRecipient()': '0x9c8d2cd2',
  'IllegalValue()': '0xc3a07fef',
  'UnsupportedAsset(address)': '0xee84f40b',
  'InvalidAsset(address)': '0x6f79c78a',
  'UnsupportedGuaranteeVersion(uint64)': '0xefe1c153',
  'InvalidGuaranteeDomain()': '0xc34809af',
  'MissingGuaranteeDecoder(uint64)': '0xd8a97147',
  'PaymentRecordConflict(bytes32)': '0xceb21e19',
  'ZeroAddress()': '0xd92e233d',
  'AccessManagedUnauthorized(address)': '0x068ca9d8',
  'AccessManagedRequiredDelay(address,uint32)': '0xaf77169d',
  'AccessManagedInvalidAuthority(address)': '0xc2f31e5e',
  'EnforcedPause()': '0xd93c0665',
  'ExpectedPause()': '0x8dfc202b',
  'ReentrancyGuardReentrantCall()': '0x3ee5aeb5',
  'SafeERC20FailedOperation(address)': '0x5274afe7',
  'PairingFailed()': '0x4df45e2f',
} as const;

export const DECODER_ERROR_SELECTORS = {
  'UnsupportedGuaranteeVersion(uint64)': '0xefe1c153',
  'InvalidMinValidationScore(uint8)': '0x940e8e0e',
  'InvalidValidationChainId(uint64,uint64)': '0xabe8d799',
  'UntrustedValidationRegistry(address)': '0x6098bbe0',
  'ValidationSubjectHashMismatch(bytes32,bytes32)': '0xd7201f6e',
  'ValidationRequestHashMismatch(bytes32,bytes32)': '0x95ce60ab',
  'ValidationLookupFailed(address,bytes32)': '0x105163d4',
  'ValidationPending(bytes32)': '0x860263f8',
  'ValidationScoreTooLow(uint8,uint8)': '0xf44670f9',
  'ValidationValidatorMismatch(address,address)': '0x9e8eb320',
  'ValidationAgentMismatch(uint256,uint256)': '0xe474a924',
  'ValidationTagMismatch(bytes32,bytes32)': '0x0604e144',
} as const;
