import {
  type Address,
  AssetBalanceInfoSchema,
  encodeWith,
  nowSeconds,
  PendingRemunerationInfoSchema,
  RecipientPaymentInfoSchema,
  type SettlementStatus,
  TabInfoSchema,
} from '@fourmica/core-types';
import type { Route } from '@fourmica/http-service';
import type { FastifyRequest } from 'fastify';
import {
  AuthRefusalError,
  type Caller,
  requireRecipient,
  requireRecipientOrFacilitator,
  requireScope,
  requireUserOrFacilitator,
} from '../../auth/index.js';
import { findBalance } from '../../store/balances.js';
import { findLatestGuarantee } from '../../store/guarantees.js';
import { listRecipientPayments } from '../../store/payments.js';
import { column } from '../../store/rows.js';
import { hasTabBetween, listTabs } from '../../store/tabs.js';
import type { HttpContext } from '../context.js';
import { pathAddress, settlementStatuses } from '../input.js';
import { balanceInfo, guaranteeInfo, tabInfo } from '../models.js';

import { maySeeCertificates } from '../visibility.js';

/** What concerns a recipient or a payer over all tabs. */
export const partyRoutes = (context: HttpContext): Route[] => [
  {
    method: 'GET',
    url: '/core/recipients/:recipient/tabs',
    handle: async (request) => {
      const { recipient } = await readRecipient(context, request);
      return showTabs(context, { recipient }, settlementStatuses(request));
    },
  },
  {
    method: 'GET',
    url: '/core/recipients/:recipient/settled-tabs',
    handle: async (request) => {
      const { recipient } = await readRecipient(context, request);
      return showTabs(context, { recipient }, ['SETTLED', 'REMUNERATED']);
    },
  },
  {
    method: 'GET',
    url: '/core/recipients/:recipient/pending-remunerations',
    handle: async (request) => {
      const { recipient, caller } = await readRecipient(context, request);
      const isVisible = maySeeCertificates(caller, recipient, context.certificateVisibility);
      const tabs = await listTabs(context.db, { recipient }, ['PENDING']);
      const now = nowSeconds(context.clock);
      return Promise.all(
        tabs.map(async (tab) => {
          const latest = await findLatestGuarantee(context.db, column(tab.userAddress), tab.tabId);
          const info = {
            tab: tabInfo(tab, now),
            latestGuarantee: latest === undefined ? null : guaranteeInfo(latest, tab, isVisible),
          };
          return encodeWith(PendingRemunerationInfoSchema, info, 'pending remuneration');
        }),
      );
    },
  },
  {
    method: 'GET',
    url: '/core/recipients/:recipient/payments',
    handle: async (request) => {
      const caller = await context.resolveCaller(request);
      requireScope(caller, 'tab:read');
      const recipient = pathAddress(request, 'recipient', 'recipient');
      requireRecipient(caller, recipient);
      const payments = await listRecipientPayments(context.db, recipient);
      return payments.map((payment) => encodeWith(RecipientPaymentInfoSchema, payment, 'payment'));
    },
  },
  {
    method: 'GET',
    url: '/core/users/:user/tabs',
    handle: async (request) => {
      const caller = await context.resolveCaller(request);
      requireScope(caller, 'tab:read');
      const user = pathAddress(request, 'user', 'user');
      requireUserOrFacilitator(caller, user);
      return showTabs(context, { user }, settlementStatuses(request));
    },
  },
  {
    method: 'GET',
    url: '/core/users/:user/assets/:asset',
    handle: async (request) => {
      const caller = await context.resolveCaller(request);
      requireScope(caller, 'tab:read');
      const user = pathAddress(request, 'user', 'user');
      const asset = pathAddress(request, 'asset', 'asset');
      await requireRelation(context, caller, user);
      const row = await findBalance(context.db, user, asset);
      return row === undefined ? null : encodeWith(AssetBalanceInfoSchema, balanceInfo(row), 'balance');
    },
  },
];

/** A payer's balance is shown to the payer, to recipients that it has a tab with, and to those who run the network. */
async function requireRelation(context: HttpContext, caller: Caller, user: Address): Promise<void> {
  if (caller.kind === 'anonymous' || caller.address === user || caller.role !== 'user') return;
  if (await hasTabBetween(context.db, user, caller.address)) return;
  throw new AuthRefusalError(
    'AUTH_FORBIDDEN',
    'balance access denied, must be the user or a recipient of its tabs',
  );
}

async function readRecipient(context: HttpContext, request: FastifyRequest) {
  const caller = await context.resolveCaller(request);
  requireScope(caller, 'tab:read');
  const recipient = pathAddress(request, 'recipient', 'recipient');
  requireRecipientOrFacilitator(caller, recipient);
  return { caller, recipient };
}

async function showTabs(
  context: HttpContext,
  party: Parameters<typeof listTabs>[1],
  statuses: readonly SettlementStatus[],
) {
  const tabs = await listTabs(context.db, party, statuses);
  const now = nowSeconds(context.clock);
  return tabs.map((tab) => encodeWith(TabInfoSchema, tabInfo(tab, now), 'tab'));
}
