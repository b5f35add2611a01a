// Prints the path of Chromium or Chrome. Where there is none, and apt-get can be run without a question, it is installed
// from the packages of the distribution first.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const APT_GET = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=120'];

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = () => (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
const find = () =>
  [...COMMANDS.flatMap((name) => onPath().map((folder) => join(folder, name))), ...APPLICATIONS].find(
    isExecutable,
  );

const runs = (command, args, options = {}) =>
  spawnSync(command, args, { stdio: 'ignore', ...options }).status === 0;

/** How apt-get is started here; undefined where it cannot be. */
const aptGet = () => {
  if (process.platform !== 'linux' || !runs('apt-get', ['--version'])) return undefined;
  if (process.getuid() === 0) return APT_GET;
  return runs('sudo', ['-n', 'true']) ? ['sudo', '-n', ...APT_GET] : undefined;
};

const install = ([command, ...args]) => {
  const options = {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  return (
    runs(command, [...args, 'update'], options) &&
    runs(command, [...args, 'install', '-y', '--no-install-recommends', 'chromium'], options)
  );
};

const fail = (reason) => {
  console.error(
    `${reason}. Install Chromium or Chrome (Debian: apt-get install chromium), or set CHROMIUM_PATH to its program.`,
  );
  process.exit(1);
};

const { CHROMIUM_PATH } = process.env;
if (CHROMIUM_PATH) {
  if (!isExecutable(CHROMIUM_PATH)) fail(`CHROMIUM_PATH is ${CHROMIUM_PATH}, which is no program`);
  console.log(CHROMIUM_PATH);
} else {
  const found = find();
  if (found !== undefined) console.log(found);
  else {
    const command = aptGet();
    if (command === undefined) fail('the browser test needs Chromium, and it cannot be installed from here');
    if (!install(command)) fail('the browser test needs Chromium, and apt-get could not install it');
    const installed = find();
    if (installed === undefined) fail('apt-get installed Chromium, but there is no program of that name');
    console.log(installed);
  }
}
