import { bytesToHex, uintToHex } from '@fourmica/core-types';

/** A model that `JSON.stringify` can write: integers beyond 53 bits and bytes become `0x` hex text. */
export type WithJson<Data extends object> = Readonly<Data> & { toJSON(): Record<string, unknown> };

/** Not an own member, so that spreading and comparing a model shows its data only. */
const jsonPrototype = {
  toJSON(this: object): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this).map(([name, value]) => [name, jsonOf(value)]));
  },
};

/** Gives data a `toJSON`; the result is frozen. */
export const withJson = <Data extends object>(data: Data): WithJson<Data> =>
  Object.freeze(Object.assign(Object.create(jsonPrototype), data));

function jsonOf(value: unknown): unknown {
  if (typeof value === 'bigint') return uintToHex(value);
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonOf(member)]));
}
