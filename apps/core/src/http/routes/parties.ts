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
import { type Route, readPage } from '@fourmica/http-service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AuthRefusalError,
  type Caller,
  requireRecipient,
  requireRecipientOrFacilitator,
  requireScope,
  requireUserOrFacilitator,
} from '../../auth/index.js';
import { findBalance } from '../../store/balances.js';
import { findLatestGuarantees } from '../../store/guarantees.js';
import { listRecipientPayments } from '../../store/payments.js';
import { hasTabBetween, listTabs } from '../../store/tabs.js';
import type { HttpContext } from '../context.js';
import { pathAddress, settlementStatuses } from '../input.js';
import { balanceInfo, guaranteeInfo, paymentInfo, tabInfo } from '../models.js';
import { PAYMENT_PAGING, TAB_PAGING } from '../paging.js';
import { maySeeCertificates } from '../visibility.js';

/** What concerns a recipient or a payer over all tabs. */
export const partyRoutes = (context: HttpContext): Route[] => [
  {
    method: 'GET',
    url: '/core/recipients/:recipient/tabs',
    handle: async (request, reply) => {
      const { recipient } = await readRecipient(context, request);
      return showTabs(context, request, reply, { recipient }, settlementStatuses(request));
    },
  },
  {
    method: 'GET',
    url: '/core/recipients/:recipient/settled-tabs',
    handle: async (request, reply) => {
      const { recipient } = await readRecipient(context, request);
      return showTabs(context, request, reply, { recipient }, ['SETTLED', 'REMUNERATED']);
    },
  },
  {
    method: 'GET',
    url: '/core/recipients/:recipient/pending-remunerations',
    handle: async (request, reply) => {
      const { recipient, caller } = await readRecipient(context, request);
      const isVisible = maySeeCertificates(caller, recipient, context.certificateVisibility);
      const tabs = await readTabs(context, request, reply, { recipient }, ['PENDING']);
      const latest = await findLatestGuarantees(context.db, tabs);
      const now = nowSeconds(context.clock);
      return tabs.map((tab) => {
        const guarantee = latest.get(tab.tabId);
        const info = {
          tab: tabInfo(tab, now),
          latestGuarantee: guarantee === undefined ? null : guaranteeInfo(guarantee, tab, isVisible),
        };
        return encodeWith(PendingRemunerationInfoSchema, info, 'pending remuneration');
      });
    },
  },
  {
    method: 'GET',
    url: '/core/recipients/:recipient/payments',
    handle: async (request, reply) => {
      const caller = await context.resolveCaller(request);
      requireScope(caller, 'tab:read');
      const recipient = pathAddress(request, 'recipient', 'recipient');
      requireRecipient(caller, recipient);
      const rows = await readPage(request, reply, PAYMENT_PAGING, (slice) =>
        listRecipientPayments(context.db, recipient, slice),
      );
      return rows.map((row) => encodeWith(RecipientPaymentInfoSchema, paymentInfo(row), 'payment'));
    },
  },
  {
    method: 'GET',
    url: '/core/users/:user/tabs',
    handle: async (request, reply) => {
      const caller = await context.resolveCaller(request);
      requireScope(caller, 'tab:read');
      const user = pathAddress(request, 'user', 'user');
      requireUserOrFacilitator(caller, user);
      return showTabs(context, request, reply, { user }, settlementStatuses(request));
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

type Party = Parameters<typeof listTabs>[1];

const readTabs = (
  { db }: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  party: Party,
  statuses: readonly SettlementStatus[],
) => readPage(request, reply, TAB_PAGING, (slice) => listTabs(db, party, statuses, slice));

async function showTabs(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  party: Party,
  statuses: readonly SettlementStatus[],
) {
  const tabs = await readTabs(context, request, reply, party, statuses);
  const now = nowSeconds(context.clock);
  return tabs.map((tab) => encodeWith(TabInfoSchema, tabInfo(tab, now), 'tab'));
}
