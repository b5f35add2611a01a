import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { HDNodeWallet, Mnemonic } from 'ethers';

/** Settings of {@link startAnvil}. */
export interface AnvilOptions {
  /** Default 31337. */
  readonly chainId?: number | bigint;
  /** Seconds between blocks; without it every transaction is mined at once. */
  readonly blockTime?: number;
  /** With 1, `finalized` is two blocks behind `latest`; anvil's default of 32 makes it 64. */
  readonly slotsInAnEpoch?: number;
  /** Default `prague`; `cancun` has no BLS12-381 precompiles. */
  readonly hardfork?: 'prague' | 'cancun';
}

/** A funded test account. The keys are public knowledge. */
export interface TestAccount {
  readonly address: string;
  readonly privateKey: string;
}

/** A running chain. */
export interface Anvil {
  readonly rpcUrl: string;
  /** Ten accounts with 10,000 ETH each, the same in every run. */
  readonly accounts: readonly TestAccount[];
  /** Ends the process and waits until it is gone. */
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
const TEST_MNEMONIC = 'test test test test test test test test test test test junk';
const ACCOUNT_COUNT = 10;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Returns the path of the anvil binary that npm installed for this platform. */
function anvilBinary(): string {
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil';
  const wrapper = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json');
  return createRequire(wrapper).resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/bin/${file}`);
}

/** Starts a chain on a free port and waits until it answers. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const args = ['--host', '127.0.0.1', '--port', '0'];
  args.push('--hardfork', options.hardfork ?? 'prague');
  args.push('--accounts', String(ACCOUNT_COUNT), '--mnemonic', TEST_MNEMONIC);
  if (options.chainId !== undefined) args.push('--chain-id', String(options.chainId));
  if (options.blockTime !== undefined) args.push('--block-time', String(options.blockTime));
  if (options.slotsInAnEpoch !== undefined) args.push('--slots-in-an-epoch', String(options.slotsInAnEpoch));

  const child = spawn(anvilBinary(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    process.off('exit', killWithParent);
  };

  try {
    const address = await listenAddress(child);
    return { rpcUrl: `http://${address}`, accounts: testAccounts(), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** Reads the address from the line that anvil prints once it listens, then lets the output run dry. */
function listenAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new Error(`anvil ${reason}. Its output was:\n${output}`));
    };
    const timer = setTimeout(() => fail(`did not listen within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const address = /Listening on (\S+)/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      child.stdout?.off('data', read).resume();
      child.stderr?.off('data', read).resume();
      resolve(address);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (cause) => fail(`could not be started: ${cause.message}`));
    child.once('exit', (code) => fail(`ended with exit code ${code}`));
  });
}

function testAccounts(): TestAccount[] {
  const mnemonic = Mnemonic.fromPhrase(TEST_MNEMONIC);
  return Array.from({ length: ACCOUNT_COUNT }, (_, index) => {
    const { address, privateKey } = HDNodeWallet.fromMnemonic(mnemonic, `m/44'/60'/0'/0/${index}`);
    return { address, privateKey };
  });
}
