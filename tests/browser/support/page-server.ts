import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PAGES = fileURLToPath(new URL('../page/', import.meta.url));

/** Bundles programs for a browser as an application would, from the built packages. */
async function bundle(entryPoints: readonly string[], iifeName?: string): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: entryPoints.map((name) => `${PAGES}${name}`),
    bundle: true,
    platform: 'browser',
    ...(iifeName === undefined
      ? { format: 'esm', splitting: true }
      : { format: 'iife', globalName: iifeName }),
    minify: true,
    write: false,
    outdir: '/',
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]));
}

/** Bundles one program as a script that defines a global variable. */
export async function bundleScript(entryPoint: string, globalName: string): Promise<string> {
  const [script] = (await bundle([entryPoint], globalName)).values();
  return new TextDecoder().decode(script);
}

/** An application whose pages run one program each. */
export interface PageServer {
  urlOf(program: string): string;
  stop(): Promise<void>;
}

/** Serves pages on the loopback interface, under the content security policy of a careful application. */
export async function startPageServer(programs: readonly string[]): Promise<PageServer> {
  const modules = await bundle(programs.map((name) => `${name}.ts`));
  const server = createServer(({ url = '/' }, response) => {
    response.setHeader('content-security-policy', "script-src 'self' 'wasm-unsafe-eval'");
    const program = programs.find((name) => url === `/${name}`);
    if (program !== undefined) {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(
        `<!doctype html><title>shop</title><link rel="icon" href="data:,"><script type="module" src="/${program}.js"></script>`,
      );
      return;
    }
    const found = modules.get(url);
    response.statusCode = found === undefined ? 404 : 200;
    response.setHeader('content-type', 'text/javascript').end(found);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    urlOf: (program) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${program}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
