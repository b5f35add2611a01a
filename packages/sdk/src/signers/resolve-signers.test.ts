import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { Wallet } from 'ethers';
import { expect, test } from 'vitest';
import { ConfigBuilder } from '../config/config-builder.js';
import { resolveSigners } from './resolve-signers.js';

const KEY = `0x${'4c'.repeat(32)}`;
const OTHER_KEY = `0x${'5d'.repeat(32)}`;
const custom = new LocalAccountSigner(OTHER_KEY);
const wallet = new Wallet(OTHER_KEY);

test('a private key signs payments and sends transactions', async () => {
  const signers = await resolveSigners(new ConfigBuilder().walletPrivateKey(KEY).build());
  expect(signers.payment?.address).toBe(new Wallet(KEY).address);
  expect(signers.transaction).toEqual({ privateKey: KEY });
});

test('a custom signer signs payments; the key, when there is one, sends transactions', async () => {
  const alone = await resolveSigners(new ConfigBuilder().evmSigner(custom).build());
  expect(alone).toEqual({ payment: custom, transaction: {} });
  const both = await resolveSigners(new ConfigBuilder().evmSigner(custom).walletPrivateKey(KEY).build());
  expect(both).toEqual({ payment: custom, transaction: { privateKey: KEY } });
});

test('an ethers signer alone is enough for both', async () => {
  for (const builder of [
    new ConfigBuilder().evmSigner(wallet),
    new ConfigBuilder().transactionSigner(wallet),
  ]) {
    const signers = await resolveSigners(builder.build());
    expect(signers.payment?.address).toBe(wallet.address);
    expect(signers.transaction).toEqual({ signer: wallet });
  }
});

test('without any signer the client only reads', async () => {
  expect(await resolveSigners(new ConfigBuilder().build())).toEqual({ payment: undefined, transaction: {} });
});
