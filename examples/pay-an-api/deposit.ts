import { Client, ConfigBuilder } from '@fourmica/sdk';

const wei = 10n ** 18n; // 1 ETH

const client = await Client.new(new ConfigBuilder().fromEnv().build());
await client.user.deposit(wei);
await client.user.waitForCollateral(wei); // counts once its block is final: seconds here, minutes on Ethereum
console.log('COLLATERAL', String(wei));
await client.aclose();
