import { FourMicaError } from '@fourmica/core-types';
import { type CoreRefusal, RpcError } from '@fourmica/rpc-client';
import type { Command } from '../command.js';

const CHOOSE_CORE = 'CORE_URL or the option --core names the core';

const ADVICE: Partial<Readonly<Record<CoreRefusal, string>>> = {
  ADMIN_KEY_REFUSED:
    'CORE_ADMIN_API_KEY or CORE_ADMIN_API_KEY_FILE has to hold a valid key of this core: `4mica admin-key` shows the first one',
  SCOPE_MISSING:
    '`4mica api-key create <name> --scopes <list>` makes a key that may do it; `4mica api-key create --help` lists the scopes',
  NOT_A_CORE: CHOOSE_CORE,
};

const adviceOn = ({ code, refusal }: RpcError): string | undefined =>
  code === 'RPC_UNREACHABLE' ? CHOOSE_CORE : refusal && ADVICE[refusal];

/** Lets a command of administrators say what to do about a failure at the command line. */
export const withAdvice = (command: Command): Command => ({
  ...command,
  async run(...given) {
    try {
      return await command.run(...given);
    } catch (error) {
      const advice = error instanceof RpcError ? adviceOn(error) : undefined;
      if (!(error instanceof RpcError) || advice === undefined) throw error;
      throw new FourMicaError(error.code, `${error.message}\n${advice}`, error.context, { cause: error });
    }
  },
});
