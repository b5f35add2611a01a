import {
  type AdminApiKeyInfo as AdminApiKeyData,
  AdminApiKeyInfoSchema,
  type CreatedAdminApiKey as AdminApiKeySecretData,
  type AssetBalanceInfo as AssetBalanceData,
  AssetBalanceInfoSchema,
  type CollateralEventInfo as CollateralEventData,
  CollateralEventInfoSchema,
  CreatedAdminApiKeySchema,
  encodeWith,
  type GuaranteeInfo as GuaranteeData,
  GuaranteeInfoSchema,
  type OpenedTab as OpenedTabData,
  OpenedTabSchema,
  type PendingRemunerationInfo as PendingRemunerationData,
  PendingRemunerationInfoSchema,
  parseWith,
  type RecipientPaymentInfo as RecipientPaymentData,
  RecipientPaymentInfoSchema,
  type TabInfo as TabData,
  TabInfoSchema,
  type UserSuspensionInfo as UserSuspensionData,
  UserSuspensionInfoSchema,
} from '@fourmica/core-types';
import { type WithJson, withJson } from './json.js';

/** Reads a model. */
export interface ModelReader<Data extends object> {
  /**
   * Reads the core's JSON (snake_case), or what a call of `client.rpc` resolved to.
   *
   * @throws ValidationError naming the member that is missing or wrong.
   */
  fromRpc(raw: unknown): WithJson<Data>;
}

type Schema = Parameters<typeof parseWith>[0];

const modelReader = <Data extends object>(what: string, schema: Schema): ModelReader<Data> => ({
  fromRpc: (raw) => {
    const wire = isDomainForm(raw) ? encodeWith(schema, raw, what) : raw;
    return withJson(parseWith(schema, wire, what) as Data);
  },
});

/** Members on the core's wire are lower case with underscores. */
const isDomainForm = (raw: unknown): boolean =>
  typeof raw === 'object' && raw !== null && Object.keys(raw).some((name) => /[A-Z]/.test(name));

/** The core's view of a payer's collateral in one asset, in base units. */
export type AssetBalanceInfo = WithJson<AssetBalanceData>;
export const AssetBalanceInfo = modelReader<AssetBalanceData>('balance', AssetBalanceInfoSchema);

/** A tab. */
export type TabInfo = WithJson<TabData>;
export const TabInfo = modelReader<TabData>('tab', TabInfoSchema);

/** A tab that was opened or found, with the reqId that its next guarantee must have. */
export type OpenedTab = WithJson<OpenedTabData>;
export const OpenedTab = modelReader<OpenedTabData>('tab', OpenedTabSchema);

/** An issued guarantee. */
export type GuaranteeInfo = WithJson<GuaranteeData>;
export const GuaranteeInfo = modelReader<GuaranteeData>('guarantee', GuaranteeInfoSchema);

/** A tab that is still owed, with its newest guarantee. */
export type PendingRemunerationInfo = WithJson<PendingRemunerationData>;
export const PendingRemunerationInfo = modelReader<PendingRemunerationData>(
  'pendingRemuneration',
  PendingRemunerationInfoSchema,
);

/** A change of a payer's collateral or of what is locked. */
export type CollateralEventInfo = WithJson<CollateralEventData>;
export const CollateralEventInfo = modelReader<CollateralEventData>(
  'collateralEvent',
  CollateralEventInfoSchema,
);

/** A payment that the core found on chain. Its `createdAtMs` is in milliseconds. */
export type RecipientPaymentInfo = WithJson<RecipientPaymentData>;
export const RecipientPaymentInfo = modelReader<RecipientPaymentData>('payment', RecipientPaymentInfoSchema);

/** Whether a user may open tabs and get guarantees. */
export type UserSuspensionStatus = WithJson<UserSuspensionData>;
export const UserSuspensionStatus = modelReader<UserSuspensionData>('suspension', UserSuspensionInfoSchema);

/** An admin API key without its secret. */
export type AdminApiKeyInfo = WithJson<AdminApiKeyData>;
export const AdminApiKeyInfo = modelReader<AdminApiKeyData>('apiKey', AdminApiKeyInfoSchema);

/** A new admin API key with its secret, which is in no later answer. */
export type AdminApiKeySecret = WithJson<AdminApiKeySecretData>;
export const AdminApiKeySecret = modelReader<AdminApiKeySecretData>('apiKey', CreatedAdminApiKeySchema);
