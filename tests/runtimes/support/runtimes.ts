import { createRequire } from 'node:module';

/** A JavaScript runtime from the npm registry. */
export interface Runtime {
  /** As the program reports it, without minor and patch. */
  readonly name: string;
  /** Resolves the executable; throws where there is no build for this platform. */
  executable(): string;
  /** Arguments before the program. */
  readonly args: readonly string[];
}

const platform = `${process.platform}-${process.arch}`;
const here = createRequire(import.meta.url);

const BUN_BUILDS: Readonly<Record<string, string>> = {
  'linux-x64': '@oven/bun-linux-x64',
  'linux-arm64': '@oven/bun-linux-aarch64',
};
const DENO_BUILDS: Readonly<Record<string, string>> = {
  'linux-x64': '@deno/linux-x64-glibc',
  'linux-arm64': '@deno/linux-arm64-glibc',
};

function resolveFrom(start: NodeJS.Require, name: string, file: string): string {
  try {
    return start.resolve(file);
  } catch (cause) {
    throw new Error(
      `${name}: the npm registry has no build for ${platform}, or it is not installed; use Linux`,
      {
        cause,
      },
    );
  }
}

/** A Node whose package holds nothing but the executable. */
const node = (major: number): Runtime => ({
  name: `node ${major}`,
  executable: () => resolveFrom(here, `Node ${major}`, `node${major}-${platform}/bin/node`),
  args: [],
});

/** A runtime whose executable is in an optional dependency of its package. */
const packaged = (
  name: string,
  builds: Readonly<Record<string, string>>,
  file: string,
  args: readonly string[],
): Runtime => ({
  name,
  executable: () => {
    const wrapper = createRequire(here.resolve(`${name}/package.json`));
    return resolveFrom(wrapper, name, `${builds[platform] ?? platform}/${file}`);
  },
  args,
});

/** Every supported major of Node; each also has CommonJS. */
export const NODES: readonly Runtime[] = [node(20), node(22), node(24)];

export const RUNTIMES: readonly Runtime[] = [
  ...NODES,
  packaged('bun', BUN_BUILDS, 'bin/bun', ['--no-install']),
  packaged('deno', DENO_BUILDS, 'deno', [
    'run',
    '--quiet',
    '--allow-all',
    '--no-remote',
    '--node-modules-dir=manual',
  ]),
];
