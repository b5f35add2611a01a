import { expect, it } from 'vitest';
import { nextOf, pageOf } from './page.js';

const URL_OF_LIST = 'https://core.example/base/core/tabs/0x1/guarantees?limit=2';

it.each([
  [null, undefined],
  ['', undefined],
  ['<?limit=2&after=7>; rel="next"', '7'],
  ['<?limit=2&after=7>;rel=next', '7'],
  ['<https://core.example/x?after=7.0xab>; rel="next"; title="more"', '7.0xab'],
  ['<?after=1>; rel="prev", <?after=9>; rel="next"', '9'],
  ['<?after=1>; rel="prev"', undefined],
  ['<?after=1>; rel="nextish"', undefined],
  ['<?limit=2>; rel="next"', undefined],
  ['<http://[>; rel="next"', undefined],
])('the Link header %s leads on after %s', (link, next) => {
  expect(nextOf(link, URL_OF_LIST)).toBe(next);
});

it('a page prints and compares as its entries', () => {
  const page = pageOf([1, 2], '2');
  expect(page.next).toBe('2');
  expect(page).toEqual([1, 2]);
  expect(JSON.stringify(page)).toBe('[1,2]');
  expect(page.map((item) => item + 1)).toEqual([2, 3]);
});
