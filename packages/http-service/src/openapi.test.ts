import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { apiPage } from './api-page.js';
import { buildOpenApi } from './openapi.js';

const source = {
  title: 'A service',
  description: 'Amounts < 2^256.',
  routes: [
    { method: 'GET', url: '/tabs/:tab_id/guarantees/:req_id' },
    { method: 'POST', url: '/tabs' },
  ],
  documentation: {
    'GET /tabs/:tab_id/guarantees/:req_id': {
      summary: 'Reads <one> of them.',
      access: 'public',
      query: { limit: z.number() },
      answer: z.object({ id: z.string() }),
      answerHeaders: { 'x-next-cursor': 'where the next page begins' },
    },
    'POST /tabs': { summary: 'Opens a tab.', access: 'bearerOrApiKey', body: z.object({ ttl: z.number() }) },
  },
} as const;

describe('an OpenAPI document', () => {
  const { paths } = buildOpenApi(source);

  it('turns members of path and query into parameters', () => {
    expect(paths['/tabs/{tab_id}/guarantees/{req_id}']?.get?.parameters).toEqual([
      { name: 'tab_id', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'req_id', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'limit', in: 'query', required: false, schema: { type: 'number' } },
    ]);
  });

  it('holds bodies, answers, headers and credentials', () => {
    expect(paths['/tabs']?.post).toMatchObject({
      security: [{ bearer: [] }, { apiKey: [] }],
      requestBody: {
        content: { 'application/json': { schema: { properties: { ttl: { type: 'number' } } } } },
      },
    });
    expect(paths['/tabs/{tab_id}/guarantees/{req_id}']?.get?.responses['200']).toMatchObject({
      headers: { 'x-next-cursor': { description: 'where the next page begins' } },
      content: { 'application/json': { schema: { properties: { id: { type: 'string' } } } } },
    });
  });

  it('refuses a route that nobody described', () => {
    const routes = [{ method: 'GET', url: '/secret' }];
    expect(() => buildOpenApi({ ...source, routes })).toThrow('GET /secret is not documented');
  });
});

describe('the page of an API', () => {
  const page = apiPage(buildOpenApi(source));

  it('shows every operation with what it takes and answers', () => {
    for (const text of [
      '<b>GET</b> /tabs/{tab_id}/guarantees/{req_id}',
      '<b>POST</b> /tabs',
      '<code>limit</code>',
      '<code>x-next-cursor</code>',
      'Needs: nothing',
      '<code>Authorization: Bearer …</code> or <code>x-api-key: …</code>',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('escapes what it shows and loads nothing from elsewhere', () => {
    expect(page).toContain('Reads &lt;one&gt; of them.');
    expect(page).toContain('Amounts &lt; 2^256.');
    expect(page).not.toMatch(/<script|<img|<link|src=|url\(|https?:/);
  });
});
