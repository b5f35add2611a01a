import { type Address, parseWireAddress, ValidationError } from '@fourmica/core-types';
import { type AuthRefusalError, invalidRequest } from './auth-refusal.js';

/** A Sign-In with Ethereum message (EIP-4361); times are still text. */
export interface SiweMessage {
  readonly domain: string;
  readonly address: Address;
  readonly statement?: string | undefined;
  readonly uri: string;
  readonly version: string;
  readonly chainId: bigint;
  readonly nonce: string;
  readonly issuedAt: string;
  readonly expirationTime?: string | undefined;
  readonly notBefore?: string | undefined;
}

const HEADER_END = ' wants you to sign in with your Ethereum account:';
const HEADER_DOMAIN = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(\S*)$/i;

/** Fields after the statement in the order of EIP-4361, with the complaint when a mandatory one is missing. */
const FIELDS = [
  { name: 'URI', missing: 'missing uri' },
  { name: 'Version', missing: 'missing version' },
  { name: 'Chain ID', missing: 'missing chain id' },
  { name: 'Nonce', missing: 'missing nonce' },
  { name: 'Issued At', missing: 'missing issued_at' },
  { name: 'Expiration Time' },
  { name: 'Not Before' },
  { name: 'Request ID' },
] as const;
type FieldName = (typeof FIELDS)[number]['name'];

/**
 * Parses a Sign-In with Ethereum message. Strict EIP-4361: fields in order, none twice, no unknown line, because a line
 * that is skipped is a line that the wallet's owner signed and the core did not read.
 *
 * @throws AuthRefusalError 400 `invalid siwe message: …`.
 */
export function parseSiweMessage(text: string): SiweMessage {
  if (/\p{Cs}|[^\P{Cc}\n]/u.test(text)) throw invalidSiwe('control characters are not allowed');
  const lines = text.split('\n');
  const [header, addressLine, ...rest] = lines;
  if (header === undefined || addressLine === undefined)
    throw invalidSiwe('message must include header and address');
  const domain = domainOf(header);
  const address = addressOf(addressLine);
  const { statement, fieldLines } = splitStatement(rest);
  const fields = readFields(fieldLines);
  const chainId = fields.get('Chain ID') as string;
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(chainId)) throw invalidSiwe('invalid chain id');
  return {
    domain,
    address,
    statement,
    uri: fields.get('URI') as string,
    version: fields.get('Version') as string,
    chainId: BigInt(chainId),
    nonce: fields.get('Nonce') as string,
    issuedAt: fields.get('Issued At') as string,
    expirationTime: fields.get('Expiration Time'),
    notBefore: fields.get('Not Before'),
  };
}

export const invalidSiwe = (reason: string, cause?: unknown): AuthRefusalError =>
  invalidRequest(`invalid siwe message: ${reason}`, cause);

function domainOf(header: string): string {
  if (!header.endsWith(HEADER_END)) throw invalidSiwe('invalid header line');
  const domain = HEADER_DOMAIN.exec(header.slice(0, -HEADER_END.length))?.[1];
  if (domain === undefined) throw invalidSiwe('invalid header line');
  if (domain === '') throw invalidSiwe('missing domain');
  return domain;
}

function addressOf(line: string): Address {
  try {
    return parseWireAddress(line);
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause;
    throw invalidSiwe('invalid address in message', cause);
  }
}

/** Between the address and the fields stand an empty line, the statement if there is one, and an empty line. */
function splitStatement(lines: readonly string[]): {
  readonly statement: string | undefined;
  readonly fieldLines: readonly string[];
} {
  const [first, second, third, ...rest] = lines;
  const isField = (line: string | undefined) => line?.startsWith('URI: ') === true;
  if (first !== '') throw invalidSiwe('expected an empty line after the address');
  if (isField(second)) return { statement: undefined, fieldLines: lines.slice(1) };
  if (second === '' && third !== '') return { statement: undefined, fieldLines: lines.slice(2) };
  if (third !== '') throw invalidSiwe('expected an empty line after the statement');
  return { statement: second, fieldLines: rest };
}

function readFields(lines: readonly string[]): ReadonlyMap<FieldName, string> {
  const found = new Map<FieldName, string>();
  let next = 0;
  for (const { name, ...field } of FIELDS) {
    const line = lines[next];
    if (line?.startsWith(`${name}: `) === true) {
      found.set(name, line.slice(name.length + 2));
      next++;
    } else if ('missing' in field) {
      const isLater = lines.some((other) => other.startsWith(`${name}:`));
      throw invalidSiwe(isLater ? `field out of order: ${name}` : field.missing);
    }
  }
  checkResources(lines.slice(next));
  for (const { name, ...field } of FIELDS) {
    if ('missing' in field && found.get(name)?.trim() === '') throw invalidSiwe(field.missing);
  }
  return found;
}

/** Resources end the message; they are allowed and ignored. */
function checkResources(lines: readonly string[]): void {
  const [title, ...items] = lines;
  if (title === undefined) return;
  if (title !== 'Resources:') throw invalidSiwe(`unexpected line: ${title.slice(0, 60)}`);
  if (!items.every((item) => item.startsWith('- '))) throw invalidSiwe('invalid resources');
}
