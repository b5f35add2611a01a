import {
  CollateralEventInfoSchema,
  CreateTabRequestSchema,
  encodeWith,
  GuaranteeInfoSchema,
  nowSeconds,
  OpenedTabSchema,
  TabInfoSchema,
  uintToHex,
} from '@fourmica/core-types';
import { type Route, readPage } from '@fourmica/http-service';
import type { FastifyRequest } from 'fastify';
import {
  type Caller,
  requireRecipientOrFacilitator,
  requireScope,
  requireTabPartyOrFacilitator,
} from '../../auth/index.js';
import { refusal } from '../../domain/refusal.js';
import type { Tab } from '../../domain/tab.js';
import { listCollateralEvents } from '../../store/collateral-events.js';
import { findGuarantee, findLatestGuarantee, listGuarantees } from '../../store/guarantees.js';
import { column, type GuaranteeRow } from '../../store/rows.js';
import { findTab } from '../../store/tabs.js';
import type { HttpContext } from '../context.js';
import { pathId, readBody } from '../input.js';
import { collateralEventInfo, guaranteeInfo, tabInfo } from '../models.js';
import { COLLATERAL_EVENT_PAGING, GUARANTEE_PAGING } from '../paging.js';
import { maySeeCertificates } from '../visibility.js';

/** Opening and reading tabs. */
export const tabRoutes = (context: HttpContext): Route[] => [
  {
    method: 'POST',
    url: '/core/payment-tabs',
    handle: async (request) => {
      const caller = await context.resolveCaller(request);
      requireScope(caller, 'tab:create');
      const body = readBody(request, CreateTabRequestSchema);
      requireRecipientOrFacilitator(caller, body.recipientAddress);
      const opened = await context.opener.open({
        userAddress: body.userAddress,
        recipientAddress: body.recipientAddress,
        erc20Token: body.erc20Token ?? null,
        ttlSeconds: body.ttlSeconds ?? null,
        guaranteeVersion: body.guaranteeVersion ?? 1n,
      });
      return encodeWith(OpenedTabSchema, opened, 'tab');
    },
  },
  {
    method: 'GET',
    url: '/core/tabs/:tab_id',
    handle: async (request) => {
      const caller = await readingCaller(context, request);
      const tab = await findTab(context.db, pathId(request, 'tab_id'));
      if (tab === undefined) return null;
      requireTabPartyOrFacilitator(caller, tab);
      return encodeWith(TabInfoSchema, tabInfo(tab, nowSeconds(context.clock)), 'tab');
    },
  },
  {
    method: 'GET',
    url: '/core/tabs/:tab_id/guarantees',
    handle: async (request, reply) => {
      const { tab, show } = await readTab(context, request);
      const rows = await readPage(request, reply, GUARANTEE_PAGING, (slice) =>
        listGuarantees(context.db, column(tab.userAddress), tab.tabId, slice),
      );
      return rows.map(show);
    },
  },
  {
    method: 'GET',
    url: '/core/tabs/:tab_id/guarantees/latest',
    handle: async (request) => {
      const { tab, show } = await readTab(context, request);
      const row = await findLatestGuarantee(context.db, column(tab.userAddress), tab.tabId);
      return row === undefined ? null : show(row);
    },
  },
  {
    method: 'GET',
    url: '/core/tabs/:tab_id/guarantees/:req_id',
    handle: async (request) => {
      const { tab, show } = await readTab(context, request);
      const row = await findGuarantee(context.db, tab.tabId, pathId(request, 'req_id'));
      return row === undefined ? null : show(row);
    },
  },
  {
    method: 'GET',
    url: '/core/tabs/:tab_id/collateral-events',
    handle: async (request, reply) => {
      const { tab } = await readTab(context, request);
      const rows = await readPage(request, reply, COLLATERAL_EVENT_PAGING, (slice) =>
        listCollateralEvents(context.db, tab, slice),
      );
      return rows.map((row) =>
        encodeWith(CollateralEventInfoSchema, collateralEventInfo(row), 'collateral event'),
      );
    },
  },
];

async function readingCaller(context: HttpContext, request: FastifyRequest): Promise<Caller> {
  const caller = await context.resolveCaller(request);
  requireScope(caller, 'tab:read');
  return caller;
}

/** Loads the tab of a path; an unknown one is answered before ownership is looked at. */
async function readTab(
  context: HttpContext,
  request: FastifyRequest,
): Promise<{ tab: Tab; show: (row: GuaranteeRow) => unknown }> {
  const caller = await readingCaller(context, request);
  const tabId = pathId(request, 'tab_id');
  const tab = await findTab(context.db, tabId);
  if (tab === undefined) throw refusal('TAB_NOT_FOUND', uintToHex(tabId));
  requireTabPartyOrFacilitator(caller, tab);
  const isVisible = maySeeCertificates(caller, tab.recipientAddress, context.certificateVisibility);
  const show = (row: GuaranteeRow) =>
    encodeWith(GuaranteeInfoSchema, guaranteeInfo(row, tab, isVisible), 'guarantee');
  return { tab, show };
}
