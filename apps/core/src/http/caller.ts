import type { Address } from '@fourmica/core-types';
import type { FastifyRequest } from 'fastify';

/** What a caller may do. */
export type Scope = 'tab:create' | 'tab:read' | 'guarantee:issue';
export type Role = 'user' | 'facilitator' | 'admin';

/** Who sent a request. An anonymous caller exists only where logins are optional; it has every non-admin scope. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'wallet';
      readonly address: Address;
      readonly role: Role;
      readonly scopes: ReadonlySet<string>;
    };

/** Finds out who sent a request, or refuses it. */
export type ResolveCaller = (request: FastifyRequest) => Promise<Caller>;

export const ANONYMOUS: Caller = { kind: 'anonymous' };
