import { afterAll, expect, it } from 'vitest';
import { createApp } from './app.js';
import { createServiceLogger } from './logger.js';
import { MAX_PAGE_ENTRIES, type Paging, readPage } from './pages.js';
import { addRoutes } from './route.js';

/** A list of numbers from 1 on. */
const paging: Paging<number, number> = {
  write: String,
  read: (text) => (/^[0-9]+$/.test(text) ? Number(text) : undefined),
};
const asked: number[] = [];
let length = 0;
const app = createApp({
  logger: createServiceLogger({ name: 'test', level: 'silent' }),
  bodyLimit: 100,
  trustedProxies: undefined,
  corsOrigins: [],
  answerOf: () => undefined,
});
addRoutes(app, [
  {
    method: 'GET',
    url: '/numbers',
    handle: (request, reply) =>
      readPage(request, reply, paging, async ({ limit, after = 0 }) => {
        asked.push(limit);
        return Array.from({ length: Math.min(limit, length - after) }, (_, index) => after + index + 1);
      }),
  },
]);
afterAll(() => app.close());

it('a list without limit is bounded, and its answer leads on only while there is more', async () => {
  length = MAX_PAGE_ENTRIES;
  const whole = await app.inject('/numbers');
  expect([whole.json().length, whole.headers.link]).toEqual([MAX_PAGE_ENTRIES, undefined]);
  length = MAX_PAGE_ENTRIES + 1;
  const first = await app.inject('/numbers');
  expect([first.json().length, first.headers.link]).toEqual([
    MAX_PAGE_ENTRIES,
    '<?limit=1000&after=1000>; rel="next"',
  ]);
  expect(asked).toEqual([MAX_PAGE_ENTRIES + 1, MAX_PAGE_ENTRIES + 1]);
});

it('the next part keeps the rest of the query, escaped', async () => {
  length = 3;
  const { headers } = await app.inject('/numbers?status=A&status=%3E%22&limit=2');
  expect(headers.link).toBe('<?status=A&status=%3E%22&limit=2&after=2>; rel="next"');
  const last = await app.inject('/numbers?status=A&status=%3E%22&limit=2&after=2');
  expect([last.json(), last.headers.link]).toEqual([[3], undefined]);
});

it.each([
  ['limit=0', 'query.limit: expected a whole number from 1 to 1000, got 0'],
  ['limit=', 'query.limit: expected a whole number from 1 to 1000, got ""'],
  ['after=x', 'query.after: expected what a Link header of this list says, got "x"'],
])('%s is refused before anything is read', async (query, error) => {
  asked.length = 0;
  const response = await app.inject(`/numbers?${query}`);
  expect([response.statusCode, response.json(), asked]).toEqual([400, { error }, []]);
});
