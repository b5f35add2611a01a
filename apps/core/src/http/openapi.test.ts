import { SignedClaimsSchema, TabInfoSchema } from '@fourmica/core-types';
import { wireSchemaOf } from '@fourmica/http-service';
import { describe, expect, it } from 'vitest';
import { ROUTE_DOCUMENTATION } from './documentation.js';

describe('the OpenAPI document', () => {
  it('describes messages in their wire form', () => {
    expect(wireSchemaOf(SignedClaimsSchema)).toMatchObject({
      type: 'object',
      required: ['claims', 'signature', 'scheme'],
      properties: { scheme: { enum: ['eip712', 'eip191'] } },
    });
    expect(wireSchemaOf(TabInfoSchema)).toMatchObject({
      properties: {
        tab_id: { anyOf: [{ type: 'string' }, { type: 'number' }] },
        settlement_status: { enum: ['PENDING', 'SETTLED', 'FAILED', 'REMUNERATED'] },
      },
    });
  });

  it('has no empty schema in any body or answer', () => {
    for (const [route, { body, answer }] of Object.entries(ROUTE_DOCUMENTATION)) {
      for (const schema of [body, answer]) {
        if (schema !== undefined) expect([route, emptyPlaces(wireSchemaOf(schema))]).toEqual([route, []]);
      }
    }
  });
});

/** Paths of schemas that say nothing. */
function emptyPlaces(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, items, anyOf, oneOf } = schema as Record<string, Record<string, unknown>>;
  if (Object.keys(schema).length === 0) return [path];
  const children = [
    ...Object.entries(properties ?? {}),
    ...(items === undefined ? [] : [['[]', items] as const]),
    ...Object.entries(anyOf ?? oneOf ?? {}),
  ];
  return children.flatMap(([name, child]) => emptyPlaces(child, `${path}/${name}`));
}
