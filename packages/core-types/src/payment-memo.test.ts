import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex, decodePaymentMemo, encodePaymentMemo, MAX_U256 } from './index.js';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the memo of an ETH payment', () => {
  it('T-5: writes ids as 0x hex, byte for byte', () => {
    const memo = encodePaymentMemo({ tabId: 42n, reqId: 7n });
    expect(memo).toBe('tab_id:0x2a;req_id:0x7');
    expect(bytesToHex(bytes(memo))).toBe('0x7461625f69643a307832613b7265715f69643a307837');
  });

  it('is read back for every pair of ids', () => {
    const id = fc.bigInt({ min: 0n, max: MAX_U256 });
    fc.assert(
      fc.property(id, id, (tabId, reqId) => {
        expect(decodePaymentMemo(bytes(encodePaymentMemo({ tabId, reqId })))).toEqual({ tabId, reqId });
        expect(decodePaymentMemo(bytes(`tab_id:${tabId};req_id:${reqId}`))).toEqual({ tabId, reqId });
      }),
    );
  });

  it.each([
    ['the other order', 'req_id:0x7;tab_id:0x2a'],
    ['further members', 'v:1;tab_id:0x2a;req_id:0x7;note:hello'],
    ['a repeated member, whose last value counts', 'tab_id:1;tab_id:0x2a;req_id:0x7'],
  ])('is read with %s', (_, text) => {
    expect(decodePaymentMemo(bytes(text))).toEqual({ tabId: 42n, reqId: 7n });
  });

  it.each([
    ['nothing', ''],
    ['hex without 0x, as existing clients write it', 'tab_id:2a;req_id:7'],
    ['no reqId', 'tab_id:0x2a'],
    ['an empty id', 'tab_id:;req_id:0x7'],
    ['0x alone', 'tab_id:0x;req_id:0x7'],
    ['a negative id', 'tab_id:-1;req_id:0x7'],
    ['an id above 256 bits', `tab_id:0x1${'0'.repeat(64)};req_id:0x7`],
    ['other text', 'hello'],
    ['more than 1024 bytes', `tab_id:0x2a;req_id:0x7;${'x'.repeat(1024)}`],
  ])('is not seen in %s', (_, text) => {
    expect(decodePaymentMemo(bytes(text))).toBeUndefined();
  });

  it('is not seen in arbitrary calldata, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (calldata) => {
        expect(decodePaymentMemo(calldata)).toBeUndefined();
      }),
    );
    expect(decodePaymentMemo(Uint8Array.of(0xff, 0xfe))).toBeUndefined();
  });
});
