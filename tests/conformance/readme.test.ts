import { readFileSync } from 'node:fs';
import * as blsCert from '@fourmica/bls-cert';
import * as pool from '@fourmica/bls-cert/pool';
import * as coreTypes from '@fourmica/core-types';
import * as claims from '@fourmica/eip712-claims';
import * as contractWallets from '@fourmica/eip712-claims/contract-wallets';
import * as fast from '@fourmica/eip712-claims/fast';
import { describe, expect, it } from 'vitest';

const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '@fourmica/bls-cert': blsCert,
  '@fourmica/bls-cert/pool': pool,
  '@fourmica/core-types': coreTypes,
  '@fourmica/eip712-claims': claims,
  '@fourmica/eip712-claims/contract-wallets': contractWallets,
  '@fourmica/eip712-claims/fast': fast,
};

const AsyncFunction = (async () => undefined).constructor as new (
  ...source: string[]
) => (...args: unknown[]) => Promise<unknown>;
const BLOCK = /```ts\n([\s\S]*?)```/g;
const IMPORT = /import \{([^}]*)\} from '([^']*)';/g;

const blocksOf = (name: string): string[] => {
  const readme = readFileSync(new URL(`../../packages/${name}/README.md`, import.meta.url), 'utf8');
  return Array.from(readme.matchAll(BLOCK), ([, code = '']) => code);
};

/** Runs a block with the given values in scope and returns one of the values that it defines. */
function run(block: string, scope: Readonly<Record<string, unknown>>, result: string): Promise<unknown> {
  const code = block.replace(
    IMPORT,
    (_, names: string, module: string) => `const {${names}} = modules['${module}'];`,
  );
  const quiet = { log: () => undefined, error: () => undefined };
  const values = { modules: MODULES, console: quiet, ...scope };
  return new AsyncFunction(...Object.keys(values), `${code}\nreturn ${result};`)(...Object.values(values));
}

const privateKey = `0x${'01'.repeat(32)}`;
const payment = {
  userAddress: '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1',
  recipientAddress: '0xabCDEF1234567890ABcDEF1234567890aBCDeF12',
  tabId: 42,
  reqId: 7,
  amount: 1000,
  timestamp: 1736000000,
};
const request = claims.createRequestClaims(payment);
const domain = { name: '4mica', version: '1', chainId: 84532n };

describe('README of eip712-claims', () => {
  const blocks = blocksOf('eip712-claims');
  const [sign = '', check = '', validate = '', onChain = '', speed = ''] = blocks;

  it('has five examples', () => expect(blocks).toHaveLength(5));

  it('signs a payment', async () => {
    const signature = await run(sign, { privateKey }, 'signature');
    expect(signature).toMatch(/^0x[0-9a-f]{128}1[bc]$/);
  });

  it('checks a payment', async () => {
    const signer = new claims.LocalAccountSigner(privateKey);
    const signed = await claims.signRequestClaims(signer, domain, request);
    await run(check, { domain, claims: request, ...signed }, 'undefined');
    const forged = { domain, claims: { ...request, amount: 1n }, ...signed };
    await expect(run(check, forged, 'undefined')).rejects.toThrow(claims.SigningError);
  });

  it('binds a payment to a validation', async () => {
    const validated = (await run(validate, { payment }, 'validated')) as Parameters<
      typeof claims.assertCanonicalValidation
    >[0];
    expect(() => claims.assertCanonicalValidation(validated)).not.toThrow();
  });

  it('checks a payment of a contract wallet', async () => {
    const asked: string[] = [];
    const answers: Readonly<Record<string, string>> = {
      eth_chainId: '0x14a34',
      eth_call: `0x${'0'.repeat(64)}`,
    };
    const provider = {
      request: async ({ method }: { method: string }) => {
        asked.push(method);
        return answers[method];
      },
    };
    const signer = new claims.LocalAccountSigner(privateKey);
    const signed = await claims.signRequestClaims(signer, domain, request);
    await run(onChain, { provider, domain, claims: request, ...signed }, 'undefined');
    const forged = { provider, domain, claims: { ...request, amount: 1n }, ...signed };
    await expect(run(onChain, forged, 'undefined')).rejects.toThrow(claims.SigningError);
    expect(asked).toEqual(['eth_chainId', 'eth_call']);
  });

  it('chooses a fast engine', async () => {
    expect(await run(speed, {}, 'name')).toMatch(/^(native|wasm|portable)$/);
  });
});

describe('README of bls-cert', async () => {
  const blocks = blocksOf('bls-cert');
  const [verify = '', compare = '', words = '', threads = ''] = blocks;
  const secretKey = new Uint8Array(32).fill(1);
  const publicKey = (await blsCert.loadBls()).publicKeyOf(secretKey);
  const guaranteeDomain = blsCert.guaranteeDomain(1, 84532n, request.recipientAddress);
  const certified = { ...request, domain: guaranteeDomain, totalAmount: 5000n };
  const certificate = await blsCert.signCertificate(secretKey, certified);
  const scope = { publicKey, domain: guaranteeDomain, certificate, request };

  it('has four examples', () => expect(blocks).toHaveLength(4));

  it('verifies a certificate', async () => {
    await run(verify, scope, 'undefined');
    const forged = { ...certificate, claims: certificate.claims.replace(/1388/, '1389') };
    await expect(run(verify, { ...scope, certificate: forged }, 'undefined')).rejects.toThrow(
      blsCert.VerificationError,
    );
  });

  it('compares it with the request', async () => {
    await run(compare, scope, 'undefined');
    const other = { ...scope, request: { ...request, reqId: 8n } };
    await expect(run(compare, other, 'undefined')).rejects.toThrow('reqId');
  });

  it('verifies in worker threads', async () => {
    const trust = { publicKey, domains: { 1: guaranteeDomain } };
    expect(await run(threads, { certificate, trust }, 'verified')).toEqual(certified);
  });

  it('hands it to the contract', async () => {
    expect(await run(words, scope, 'signatureWords')).toHaveLength(8);
  });
});

describe('README of core-types', () => {
  const blocks = blocksOf('core-types');
  const [numbers = '', read = '', write = ''] = blocks;

  it('has three examples', () => expect(blocks).toHaveLength(3));

  it('reads numbers and addresses', async () => {
    expect(await run(numbers, {}, '[amount, payer]')).toEqual([1000n, payment.userAddress]);
  });

  it('writes a message that can be read', async () => {
    const body = await run(write, { claims: request }, 'body');
    const text = `{"claims":${String(body)},"signature":"0x00","scheme":"eip712"}`;
    expect(await run(read, { text }, 'claims')).toEqual(request);
  });
});
