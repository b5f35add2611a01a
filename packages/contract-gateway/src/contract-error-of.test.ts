import type { Hex } from '@fourmica/core-types';
import { AbiCoder } from 'ethers';
import { describe, expect, test } from 'vitest';
import { core4Mica, guaranteeDecoder } from './abi.js';
import { contractErrorOf, decodeRevert } from './contract-error-of.js';
import { ContractError } from './errors.js';

const ASSET = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const revertData = core4Mica.encodeErrorResult('UnsupportedAsset', [ASSET]) as Hex;

test('a closed connection is named as such, not as a wallet that cannot send', () => {
  const error = { code: 'UNSUPPORTED_OPERATION', message: 'provider destroyed; cancelled request' };
  expect(contractErrorOf(error, { operation: 'deposit' })).toMatchObject({ code: 'CONNECTION_CLOSED' });
});

describe('revert data is found wherever a node or wallet puts it', () => {
  test.each([
    ['ethers call', { code: 'CALL_EXCEPTION', data: revertData }],
    [
      'ethers unknown',
      { code: 'UNKNOWN_ERROR', error: { code: 3, message: 'execution reverted', data: revertData } },
    ],
    ['ethers info', { code: 'CALL_EXCEPTION', data: null, info: { error: { code: 3, data: revertData } } }],
    ['wallet', { code: -32603, message: 'Internal JSON-RPC error.', data: { code: 3, data: revertData } }],
    ['wallet, deeper', { error: { data: { originalError: { code: 3, data: revertData } } } }],
  ])('%s', (_, error) => {
    const converted = contractErrorOf(error, { operation: 'deposit' });
    expect(converted).toMatchObject({
      code: 'UNSUPPORTED_ASSET',
      errorName: 'UnsupportedAsset',
      args: { asset: ASSET },
      context: { selector: '0xee84f40b', data: revertData },
    });
    expect(converted.message).toContain(ASSET);
  });

  test('of the decoder', () => {
    const data = guaranteeDecoder.encodeErrorResult('ValidationScoreTooLow', [40, 80]);
    expect(decodeRevert({ code: 'CALL_EXCEPTION', data })).toMatchObject({
      errorName: 'ValidationScoreTooLow',
      args: { response: 40n, minValidationScore: 80n },
    });
  });

  test('of Solidity itself', () => {
    const reason = `0x08c379a0${AbiCoder.defaultAbiCoder().encode(['string'], ['Pausable: paused']).slice(2)}`;
    expect(contractErrorOf({ data: reason }, {})).toMatchObject({ code: 'REVERT_WITH_REASON' });
    const panic = `0x4e487b71${AbiCoder.defaultAbiCoder().encode(['uint256'], [0x11]).slice(2)}`;
    expect(contractErrorOf({ data: panic }, {})).toMatchObject({ code: 'PANIC', args: { panicCode: 17n } });
  });

  test('that nobody knows keeps selector and data', () => {
    const data = '0xdeadbeef0000000000000000000000000000000000000000000000000000000000000001';
    expect(contractErrorOf({ data }, {})).toMatchObject({
      code: 'UNKNOWN_REVERT',
      errorName: undefined,
      context: { selector: '0xdeadbeef', data },
    });
  });

  test('with a known selector and arguments that do not fit is unknown, not a crash', () => {
    expect(contractErrorOf({ data: '0xee84f40b00' }, {})).toMatchObject({ code: 'UNKNOWN_REVERT' });
  });

  test('that is missing altogether is a revert without data', () => {
    const error = contractErrorOf({ code: 'CALL_EXCEPTION', data: '0x', message: 'missing revert data' }, {});
    expect(error).toMatchObject({ code: 'UNKNOWN_REVERT', context: { data: '0x' } });
  });
});

describe('what is no revert is not taken for one', () => {
  test.each([
    ['RPC_UNREACHABLE', { code: 'TIMEOUT', message: 'request timeout' }],
    [
      'RPC_UNREACHABLE',
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
    ],
    ['RPC_UNREACHABLE', new TypeError('fetch failed')],
    ['INSUFFICIENT_FUNDS', { code: -32000, message: 'insufficient funds for gas * price + value' }],
    ['NONCE_CONFLICT', { error: { code: -32000, message: 'nonce too low' } }],
    ['NONCE_CONFLICT', { code: 'REPLACEMENT_UNDERPRICED' }],
    ['NONCE_CONFLICT', { error: { message: 'replacement transaction underpriced' } }],
    ['FEE_TOO_LOW', { error: { message: 'transaction underpriced' } }],
    ['FEE_TOO_LOW', { error: { message: 'max fee per gas less than block base fee: address 0x1' } }],
    ['SIGNER_REJECTED', { code: 4001, message: 'MetaMask Tx Signature: User denied transaction signature.' }],
    ['SIGNER_REQUIRED', { code: 'UNSUPPORTED_OPERATION', message: 'VoidSigner cannot sign' }],
    ['RPC_ERROR', { code: -32005, message: 'limit exceeded' }],
    ['RPC_ERROR', 'a string'],
    ['RPC_ERROR', undefined],
  ])('%s', (code, error) => {
    expect(contractErrorOf(error, {})).toMatchObject({ code });
    expect(decodeRevert(error)).toBeUndefined();
  });

  test('an error of ours stays as it is', () => {
    const error = new ContractError('ABORTED', 'aborted');
    expect(contractErrorOf(error, {})).toBe(error);
  });

  test('an error that contains itself ends', () => {
    const error: Record<string, unknown> = { message: 'loop' };
    error.error = error;
    expect(contractErrorOf(error, {})).toMatchObject({ code: 'RPC_ERROR' });
  });

  test('the URL of the node, often a secret, is in no part of the error', () => {
    const url = 'https://mainnet.example/v3/0123456789abcdef';
    const error = contractErrorOf(
      { code: 'SERVER_ERROR', message: `server response 401 (info={ "requestUrl": "${url}" })` },
      { operation: 'deposit' },
    );
    expect(`${error.message} ${error.cause} ${JSON.stringify(error.context)}`).not.toContain(
      '0123456789abcdef',
    );
  });
});
