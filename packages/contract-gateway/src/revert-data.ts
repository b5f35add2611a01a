import type { Hex } from '@fourmica/core-types';
import { AbiCoder, type ErrorFragment, type Interface } from 'ethers';
import { core4Mica, core4MicaExtensions, erc20, erc20Permit, guaranteeDecoder } from './abi.js';
import type { RevertArgument } from './errors.js';

/** What a call reverted with. */
export interface DecodedRevert {
  /** Name of the custom error; `Error` or `Panic` for the built-in ones; undefined when it is not known. */
  readonly errorName?: string;
  readonly args?: Readonly<Record<string, RevertArgument>>;
  /** First four bytes; undefined when the call reverted without data. */
  readonly selector?: Hex;
  readonly data: Hex;
}

export const KNOWN_INTERFACES: readonly Interface[] = [
  core4Mica,
  guaranteeDecoder,
  core4MicaExtensions,
  erc20,
  erc20Permit,
];
const ERROR_SELECTOR = '0x08c379a0';
const PANIC_SELECTOR = '0x4e487b71';

/** Decodes revert data with the errors of Core4Mica, of its decoders, of ERC-20 tokens and of Solidity itself. */
export function decodeRevertData(data: Hex): DecodedRevert {
  if (data.length < 10) return { data };
  const selector = data.slice(0, 10).toLowerCase() as Hex;
  return { selector, data, ...(decodeBuiltIn(selector, data) ?? decodeCustom(selector, data)) };
}

type NamedError = Pick<DecodedRevert, 'errorName' | 'args'>;

function decodeBuiltIn(selector: Hex, data: Hex): NamedError | undefined {
  const [errorName, type, argument] =
    selector === ERROR_SELECTOR
      ? ['Error', 'string', 'message']
      : selector === PANIC_SELECTOR
        ? ['Panic', 'uint256', 'panicCode']
        : [];
  if (errorName === undefined || type === undefined || argument === undefined) return undefined;
  const values = tryDecode(() =>
    AbiCoder.defaultAbiCoder()
      .decode([type], `0x${data.slice(10)}`)
      .toArray(),
  );
  return values === undefined ? undefined : { errorName, args: { [argument]: values[0] as RevertArgument } };
}

function decodeCustom(selector: Hex, data: Hex): NamedError | undefined {
  for (const known of KNOWN_INTERFACES) {
    const fragment = known.getError(selector);
    if (fragment === null) continue;
    const values = tryDecode(() => known.decodeErrorResult(fragment, data).toArray());
    if (values !== undefined) return { errorName: fragment.name, args: nameArguments(fragment, values) };
  }
  return undefined;
}

const nameArguments = (fragment: ErrorFragment, values: readonly unknown[]) =>
  Object.fromEntries(
    fragment.inputs.map((input, index) => [input.name || String(index), values[index] as RevertArgument]),
  );

/** Data that only looks like an error of ours (same selector, other arguments) stays an unknown revert. */
function tryDecode<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

/** Names of all custom errors that can be decoded. */
export const knownErrorNames = (): readonly string[] => {
  const names = new Set<string>();
  for (const known of KNOWN_INTERFACES) known.forEachError((fragment) => names.add(fragment.name));
  return [...names];
};

/**
 * Converts the name of an error to an error code: `TabNotYetOverdue` to `TAB_NOT_YET_OVERDUE`; a reason text
 * (`Error(string)`) is `REVERT_WITH_REASON`.
 */
export const errorCodeOf = (errorName: string): string =>
  errorName === 'Error'
    ? 'REVERT_WITH_REASON'
    : errorName
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
        .toUpperCase();
