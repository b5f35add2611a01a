import { FourMicaError } from '@fourmica/core-types';
import type { FastifyInstance } from 'fastify';

/** Where a service listens, and the settings that say so. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly hostSetting: string;
  readonly portSetting: string;
}

/** The address at which a service should listen cannot be had. */
export class ListenError extends FourMicaError<
  'PORT_IN_USE' | 'PORT_FORBIDDEN' | 'HOST_UNKNOWN',
  { readonly host: string; readonly port: number }
> {
  override readonly name = 'ListenError';
}

/**
 * Starts to listen.
 *
 * @returns the base URL.
 * @throws ListenError
 */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<string> {
  try {
    return await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    throw listenErrorOf(cause, options) ?? cause;
  }
}

function listenErrorOf(cause: unknown, options: ListenOptions): ListenError | undefined {
  const { host, port, hostSetting, portSetting } = options;
  const failure = (code: ListenError['code'], message: string) =>
    new ListenError(code, message, { host, port }, { cause });
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'EADDRINUSE':
      return failure(
        'PORT_IN_USE',
        `${portSetting}: port ${port} of ${host} is in use; end the other program or choose another port`,
      );
    case 'EACCES':
      return failure('PORT_FORBIDDEN', `${portSetting}: this user may not listen on port ${port}`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return failure('HOST_UNKNOWN', `${hostSetting}: ${host} is no address of this machine`);
    default:
      return undefined;
  }
}
