import { createServer } from 'node:net';

/** Below the ports that systems hand out by themselves (from 32768 on Linux): those may be taken at any moment. */
const FIRST = 12_000;
const PORTS = 20_000;
let next = Math.floor(Math.random() * PORTS);

/**
 * Returns a TCP port of the loopback interface on which nobody listens, and that no connection and no server on "any
 * free port" gets, so that a process can be started on it later, or again.
 */
export async function freePort(): Promise<number> {
  for (let look = 0; look < PORTS; look++) {
    // Others may ask while this one looks, and each has to get its own.
    const port = FIRST + next;
    next = (next + 1) % PORTS;
    if (await isFree(port)) return port;
  }
  throw new Error(`no TCP port from ${FIRST} to ${FIRST + PORTS - 1} is free`);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
