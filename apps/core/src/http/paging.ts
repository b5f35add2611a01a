import { type Paging, pagingByTime } from '@fourmica/http-service';
import type { Tab } from '../domain/tab.js';
import type { CollateralEventRow, GuaranteeRow, PaymentRow } from '../store/rows.js';

/** Tabs by their last change: one that changes while a client reads moves to the front. */
export const TAB_PAGING = pagingByTime<Tab>(
  ({ updatedAtMs, tabId }) => ({ ms: updatedAtMs, id: String(tabId) }),
  '[0-9]{1,78}',
);

export const PAYMENT_PAGING = pagingByTime<PaymentRow>(
  ({ created_at_ms, payment_id }) => ({ ms: created_at_ms, id: payment_id }),
  '0x[0-9a-f]{64}',
);

export const COLLATERAL_EVENT_PAGING = pagingByTime<CollateralEventRow>(
  ({ created_at_ms, id }) => ({ ms: created_at_ms, id }),
  '[0-9a-f-]{36}',
);

/** Guarantees in the order of issue. */
export const GUARANTEE_PAGING: Paging<GuaranteeRow, bigint> = {
  write: ({ req_id }) => String(req_id),
  read: (text) => (/^[0-9]{1,78}$/.test(text) ? BigInt(text) : undefined),
};
