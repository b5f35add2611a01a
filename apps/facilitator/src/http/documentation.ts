import type { RouteDocumentation } from '@fourmica/http-service';
import * as z from 'zod';

const uint = z.string().describe('0x hex');
const KindSchema = z.strictObject({ scheme: z.string(), network: z.string(), x402Version: z.number() });
const WordSchema = z.enum(['ok', 'fail']);

const CertificateSchema = z.strictObject({
  claims: z.string().describe('ABI-encoded claims, 0x hex'),
  signature: z.string().describe('BLS signature, 0x hex'),
});

const PaymentBodySchema = z.object({
  x402Version: z.number().optional(),
  paymentPayload: z.record(z.string(), z.unknown()).describe('the x402 envelope').optional(),
  paymentHeader: z.string().describe('the envelope as base64; either or both, when they agree').optional(),
  paymentRequirements: z.object({
    scheme: z.string(),
    network: z.string(),
    payTo: z.string(),
    asset: z.string(),
    maxAmountRequired: z.string().describe('x402 version 1, base units').optional(),
    amount: z.string().describe('x402 version 2, base units').optional(),
    extra: z.record(z.string(), z.unknown()).describe('tab endpoint and validation policy').optional(),
  }),
});

const TabBodySchema = z.object({
  userAddress: z.string(),
  recipientAddress: z.string(),
  erc20Token: z.nullable(z.string()).describe('absent or null = the default asset').optional(),
  network: z.string().describe('absent = the first network').optional(),
  ttlSeconds: z.number().optional(),
  guaranteeVersion: z.number().optional(),
  x402Version: z.number().optional(),
});

const TabAnswerSchema = z.strictObject({
  tabId: uint,
  userAddress: z.string(),
  recipientAddress: z.string(),
  assetAddress: z.string(),
  startTimestamp: z.number().describe('unix seconds'),
  ttlSeconds: z.number(),
  nextReqId: uint,
  guaranteeVersion: z.number(),
  network: z.string(),
});

const VerifyAnswerSchema = z.strictObject({
  isValid: z.boolean(),
  invalidReason: z.nullable(z.string()),
  invalidMessage: z.string().optional(),
  payer: z.string().optional(),
  extra: z.strictObject({ alreadyIssued: z.boolean() }).optional(),
});

const RepaymentSchema = z.strictObject({
  tabId: uint,
  reqId: uint,
  totalAmount: z.string().describe('decimal, base units'),
  asset: z.string(),
  recipient: z.string(),
  payBefore: z.number().describe('unix seconds'),
  memo: z.nullable(z.string()).describe('calldata of an ETH payment'),
});

const SettleAnswerSchema = z.strictObject({
  success: z.boolean(),
  error: z.nullable(z.string()),
  errorReason: z.string().optional(),
  payer: z.string().optional(),
  transaction: z.string(),
  txHash: z.null(),
  network: z.string(),
  networkId: z.string(),
  certificate: z.nullable(CertificateSchema).describe('null when the caller may not see it').optional(),
  extra: z
    .strictObject({
      certificate: z.nullable(CertificateSchema),
      tabId: uint,
      reqId: uint,
      repayment: RepaymentSchema,
      certificateVisibility: z.enum(['strict', 'open']),
    })
    .optional(),
});

/** Every route of the facilitator by method and path. */
export const ROUTE_DOCUMENTATION: Readonly<Record<string, RouteDocumentation>> = {
  'GET /': {
    summary: 'Says what this is.',
    access: 'public',
    answer: z.strictObject({
      message: z.string(),
      supported: z.array(KindSchema),
      health: z.string(),
      docs: z.string(),
    }),
  },
  'GET /health': {
    summary: 'Answers while the process serves.',
    access: 'public',
    answer: z.strictObject({ status: z.literal('ok') }),
  },
  'GET /ready': {
    summary: 'Tells which networks can be used; 503 when none can.',
    access: 'public',
    answer: z.strictObject({ status: WordSchema, networks: z.record(z.string(), WordSchema) }),
  },
  'GET /supported': {
    summary: 'Lists the schemes, networks and x402 versions that can be used now.',
    access: 'public',
    answer: z.strictObject({
      kinds: z.array(KindSchema),
      extensions: z.array(z.string()),
      signers: z.record(z.string(), z.array(z.string())),
    }),
  },
  'GET /openapi.json': { summary: 'This document.', access: 'public' },
  'GET /docs': { summary: 'This document as a page for people.', access: 'public' },
  'POST /tabs': {
    summary: 'Opens or finds the tab of a payer and a recipient; members may also be spelled in snake_case.',
    access: 'bearerOrApiKey',
    body: TabBodySchema,
    answer: TabAnswerSchema,
  },
  'POST /verify': {
    summary: 'Checks a payment without any effect.',
    access: 'bearerOrApiKey',
    body: PaymentBodySchema,
    answer: VerifyAnswerSchema,
  },
  'POST /settle': {
    summary: 'Checks a payment again and gets its guarantee; the same payment gets the same certificate.',
    access: 'bearerOrApiKey',
    body: PaymentBodySchema,
    answer: SettleAnswerSchema,
  },
};
