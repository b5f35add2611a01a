import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuthRefusalError } from './auth-refusal.js';
import { parseSiweMessage } from './siwe-parser.js';

const ADDRESS = '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1';
const lines = (...more: readonly string[]) => [
  'core.example wants you to sign in with your Ethereum account:',
  ADDRESS,
  '',
  'Sign in to 4mica.',
  '',
  'URI: http://core.example',
  'Version: 1',
  'Chain ID: 84532',
  'Nonce: 0f9d0c3e-7a44-4f0b-9a55-7d0c3b1e6a10',
  'Issued At: 2026-05-04T10:00:00.123456789+00:00',
  ...more,
];
const without = (prefix: string) => lines().filter((line) => !line.startsWith(prefix));
const parse = (message: readonly string[]) => parseSiweMessage(message.join('\n'));

describe('parseSiweMessage', () => {
  it('reads the form that existing clients write', () => {
    expect(parse(lines('Expiration Time: 2026-05-04T10:05:00Z'))).toEqual({
      domain: 'core.example',
      address: ADDRESS,
      statement: 'Sign in to 4mica.',
      uri: 'http://core.example',
      version: '1',
      chainId: 84532n,
      nonce: '0f9d0c3e-7a44-4f0b-9a55-7d0c3b1e6a10',
      issuedAt: '2026-05-04T10:00:00.123456789+00:00',
      expirationTime: '2026-05-04T10:05:00Z',
      notBefore: undefined,
    });
  });

  it('reads a lower-case address, a scheme, resources and a request id', () => {
    const [, , ...rest] = lines(
      'Not Before: 2026-05-04T09:00:00Z',
      'Request ID: 7',
      'Resources:',
      '- https://a.example',
    );
    const message = [
      'https://core.example:3000 wants you to sign in with your Ethereum account:',
      ADDRESS.toLowerCase(),
      ...rest,
    ];
    expect(parse(message)).toMatchObject({ domain: 'core.example:3000', address: ADDRESS });
  });

  it.each([1, 2, 3])('reads a message without a statement behind %i empty lines', (empty) => {
    const message = [...lines().slice(0, 2), ...Array.from({ length: empty }, () => ''), ...lines().slice(5)];
    expect(parse(message).statement ?? '').toBe('');
  });

  it.each<[string, readonly string[]]>([
    ['message must include header and address', ['hello']],
    ['invalid header line', ['core.example wants you:', ...lines().slice(1)]],
    ['missing domain', [' wants you to sign in with your Ethereum account:', ...lines().slice(1)]],
    ['invalid address in message', [lines()[0] as string, '0x12', ...lines().slice(2)]],
    ['missing uri', without('URI')],
    ['missing uri', lines().map((line) => (line.startsWith('URI') ? 'URI:  ' : line))],
    ['missing version', without('Version')],
    ['missing chain id', without('Chain ID')],
    ['invalid chain id', lines().map((line) => line.replace('84532', '0x14a34'))],
    ['missing nonce', without('Nonce')],
    ['missing issued_at', without('Issued')],
    ['unexpected line: Nonce: 2', lines('Nonce: 2')],
    ['unexpected line: Also: this', lines('Also: this')],
    ['unexpected line: ', lines('')],
    [
      'field out of order: Version',
      [...lines().slice(0, 6), 'Chain ID: 1', 'Version: 1', ...lines().slice(8)],
    ],
    ['invalid resources', lines('Resources:', 'https://a.example')],
    ['control characters are not allowed', lines().map((line) => `${line}\r`)],
    ['expected an empty line after the address', [...lines().slice(0, 2), ...lines().slice(3)]],
  ])('refuses with "%s"', (reason, message) => {
    expect(() => parse(message)).toThrow(
      expect.objectContaining({ status: 400, message: `invalid siwe message: ${reason}` }),
    );
  });

  it('never fails in another way, whatever the text', () => {
    const anyLines = fc.array(fc.oneof(fc.constantFrom(...lines()), fc.string({ unit: 'binary' })), {
      maxLength: 14,
    });
    fc.assert(
      fc.property(anyLines, (message) => {
        try {
          parse(message);
        } catch (error) {
          expect(error).toBeInstanceOf(AuthRefusalError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
