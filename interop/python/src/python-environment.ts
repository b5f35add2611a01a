import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The machine lacks something that the lane cannot install itself; the message says what. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** A Python that finds the pinned packages. */
export interface PythonEnvironment {
  readonly executable: string;
  readonly variables: Readonly<Record<string, string>>;
}

const REQUIREMENTS = fileURLToPath(new URL('../requirements.txt', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/interop-python/', import.meta.url));
const OLDEST_MINOR = 10;
const INSTALL_TIMEOUT_MS = 240_000;
/** What pip says when it could not talk to its index, as opposed to what it says of a package. */
export const UNREACHABLE =
  /connection broken by|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Connection (?:refused|reset|aborted)|Name or service not known|name resolution|Tunnel connection failed|SSLError|HTTP error (?:403|407|5\d\d)/i;

/**
 * Installs the pinned packages below `node_modules/.cache`, once for each lock file and version of Python: into a virtual
 * environment, or beside the machine's packages where Python comes without `venv`.
 *
 * @throws Unavailable when there is no Python, no way to install, or no package index.
 */
export async function preparePython(): Promise<PythonEnvironment> {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const version = await versionOf(python);
  const lock = await readFile(REQUIREMENTS);
  const key = createHash('sha256').update(version).update(lock).digest('hex').slice(0, 16);
  const folder = join(CACHE, key);
  const inVenv = venvAt(join(folder, 'venv'));
  const beside: PythonEnvironment = {
    executable: python,
    variables: { PYTHONPATH: [join(folder, 'packages'), process.env.PYTHONPATH ?? ''].join(delimiter) },
  };

  const mark = join(folder, 'installed');
  if (existsSync(mark)) return (await readFile(mark, 'utf8')) === 'venv' ? inVenv : beside;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });

  const venv = await run(python, ['-m', 'venv', join(folder, 'venv')]);
  if (venv.code === 0) {
    await install(inVenv.executable, []);
  } else if ((await run(python, ['-m', 'pip', '--version'])).code === 0) {
    await install(python, ['--target', join(folder, 'packages')]);
  } else {
    throw new Unavailable(
      `${python} ${version} has neither venv nor pip; on Debian: apt-get install python3-venv`,
    );
  }
  await writeFile(mark, venv.code === 0 ? 'venv' : 'packages');
  return venv.code === 0 ? inVenv : beside;
}

const venvAt = (folder: string): PythonEnvironment => ({
  executable:
    process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python'),
  variables: {},
});

async function versionOf(python: string): Promise<string> {
  const { code, output } = await run(python, ['--version']);
  const [version, major, minor] = /(\d+)\.(\d+)\.\d+/.exec(output) ?? [];
  if (code !== 0 || version === undefined) throw new Unavailable(`there is no ${python} on this machine`);
  if (Number(major) !== 3 || Number(minor) < OLDEST_MINOR) {
    throw new Unavailable(`Python 3.${OLDEST_MINOR} or newer is needed, ${python} is ${version}`);
  }
  return version;
}

async function install(python: string, target: readonly string[]): Promise<void> {
  const { code, output } = await run(python, [
    ...['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet'],
    ...['--retries', '2', '--timeout', '20', ...target, '-r', REQUIREMENTS],
  ]);
  if (code === 0) return;
  if (UNREACHABLE.test(output)) throw new Unavailable('the Python package index cannot be reached');
  throw new Error(`pip could not install ${REQUIREMENTS}:\n${output.trim()}`);
}

function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: INSTALL_TIMEOUT_MS });
    let output = '';
    const collect = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
