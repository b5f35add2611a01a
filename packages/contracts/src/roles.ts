/** Role ids of the access manager. */
export const ROLES = { ADMIN: 0n, GOVERNANCE: 1n, TREASURY: 2n, GUARDIAN: 3n, OPERATOR: 4n } as const;

/** The restricted functions of Core4Mica by role. TREASURY has none while the contract earns no yield. */
export const ROLE_FUNCTIONS = [
  {
    role: ROLES.GOVERNANCE,
    functions: [
      'setRemunerationGracePeriod',
      'setWithdrawalGracePeriod',
      'setTabExpirationTime',
      'setSynchronizationDelay',
      'setTimingParameters',
      'setGuaranteeVerificationKey',
      'configureGuaranteeVersion',
      'setStablecoinAsset',
      'setStablecoinAssets',
      'unpause',
    ],
  },
  { role: ROLES.GUARDIAN, functions: ['pause'] },
  { role: ROLES.OPERATOR, functions: ['recordPayment', 'recordPaymentById'] },
] as const;
