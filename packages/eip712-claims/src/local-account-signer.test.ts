import { inspect } from 'node:util';
import { Wallet } from 'ethers';
import { describe, expect, it } from 'vitest';
import { LocalAccountSigner, SigningError } from './index.js';

const DIGITS = 'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';

describe('LocalAccountSigner', () => {
  it.each([`0x${DIGITS}`, DIGITS, `0x${DIGITS.toUpperCase()}`])('reads %s', (key) => {
    expect(new LocalAccountSigner(key).address).toBe('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266');
  });

  it.each([
    ['nothing', undefined, 'got nothing'],
    ['an empty text', '', 'got 0 characters'],
    ['a short key', `0x${DIGITS.slice(2)}`, 'got 62 characters'],
    ['a long key', `0x${DIGITS}00`, 'got 66 characters'],
    ['a blank at the end', `0x${DIGITS} `, 'got 65 characters'],
    ['another letter', `0x${DIGITS.slice(1)}g`, 'other characters than hex digits'],
    ['a placeholder', `0x${'.'.repeat(64)}`, 'other characters than hex digits'],
    ['zero', `0x${'00'.repeat(32)}`, 'zero or a number'],
    ['the group order', `0x${ORDER}`, 'zero or a number'],
    ['a number', 12345, 'got a number'],
  ])('refuses %s and does not show it', (_, key, hint) => {
    const create = () => new LocalAccountSigner(key as string);
    expect(create).toThrow(SigningError);
    try {
      create();
    } catch (error) {
      const shown = inspect(error, { depth: 9 });
      expect(shown).toContain(hint);
      expect(shown).toContain('PRIVATE_KEY_INVALID');
      if (typeof key === 'string' && key.length > 8) expect(shown).not.toContain(key.slice(2));
    }
  });

  it('shows its key neither in JSON nor in a log line', () => {
    const signer = new LocalAccountSigner(DIGITS);
    for (const shown of [
      JSON.stringify(signer),
      inspect(signer, { depth: 9, showHidden: true }),
      String(signer),
    ]) {
      expect(shown).not.toMatch(/ac0974|172, ?9, ?116/i);
    }
  });

  it.each(['', 'hello', 'Grüße 👋', 'line\nbreak'])('signs the text %j like ethers', async (text) => {
    expect(await new LocalAccountSigner(DIGITS).signMessage(text)).toBe(
      await new Wallet(DIGITS).signMessage(text),
    );
  });

  it('signs bytes like ethers', async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
    expect(await new LocalAccountSigner(DIGITS).signMessage(bytes)).toBe(
      await new Wallet(DIGITS).signMessage(bytes),
    );
  });

  it('refuses text that has no UTF-8 form', async () => {
    await expect(new LocalAccountSigner(DIGITS).signMessage('\ud800')).rejects.toThrow('lone surrogate');
  });
});
