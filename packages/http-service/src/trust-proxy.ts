import { BlockList, isIP } from 'node:net';
import { ValidationError } from '@fourmica/core-types';

/**
 * Whose word about the address of a client counts: nobody's, that of proxies at these addresses, or that of so many
 * proxies in front of the service.
 */
export type TrustedProxies = undefined | number | readonly string[];

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal'];
const MAX_HOPS = 10;

/**
 * Reads the setting TRUST_PROXY: addresses, CIDR ranges and the names `loopback`, `linklocal`, `uniquelocal`, separated by
 * commas; or the number of proxies that every request passes. Absent = the address of the connection counts, and what
 * headers say about it is ignored, because anybody can send them.
 *
 * @throws ValidationError
 */
export function parseTrustedProxies(text: string | undefined): TrustedProxies {
  if (text === undefined) return undefined;
  if (/^[0-9]+$/.test(text)) {
    const hops = Number(text);
    if (hops === 0) return undefined;
    if (hops <= MAX_HOPS) return hops;
    throw refused(text);
  }
  const proxies = text.split(',').map((part) => part.trim());
  if (proxies.every((proxy) => NAMED_RANGES.includes(proxy) || isNetwork(proxy))) return proxies;
  throw refused(text);
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  if (!/^[0-9]{1,3}$/.test(prefix) || Number(prefix) === 0) return false;
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

const refused = (text: string): ValidationError =>
  new ValidationError(
    'TRUST_PROXY',
    text,
    `addresses or ranges of proxies such as 10.0.0.0/8, loopback, linklocal, uniquelocal, or the number of proxies from 1 to ${MAX_HOPS}`,
  );
