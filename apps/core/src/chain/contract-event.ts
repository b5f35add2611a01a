import { core4MicaAbi } from '@fourmica/contracts/abi';
import { type Address, parseU256, parseWireAddress } from '@fourmica/core-types';
import { Interface, type Log } from 'ethers';

/** Where an event stands on the chain. */
export interface EventPosition {
  readonly blockNumber: bigint;
  readonly blockHash: string;
  readonly txHash: string;
  readonly logIndex: number;
}

/** An event of the contract that changes the ledger. Amounts in base units, times in unix seconds. */
export type LedgerEvent =
  | {
      readonly name: 'CollateralDeposited';
      readonly user: Address;
      readonly asset: Address;
      readonly amount: bigint;
    }
  | {
      readonly name: 'CollateralWithdrawn';
      readonly user: Address;
      readonly asset: Address;
      readonly amount: bigint;
    }
  | {
      readonly name: 'WithdrawalRequested';
      readonly user: Address;
      readonly asset: Address;
      readonly when: bigint;
      readonly amount: bigint;
    }
  | { readonly name: 'WithdrawalCanceled'; readonly user: Address; readonly asset: Address }
  | {
      readonly name: 'RecipientRemunerated';
      readonly tabId: bigint;
      readonly asset: Address;
      readonly amount: bigint;
    }
  | {
      readonly name: 'TabPaid';
      readonly tabId: bigint;
      readonly asset: Address;
      readonly user: Address;
      readonly recipient: Address;
      readonly amount: bigint;
    }
  | {
      readonly name: 'PaymentRecordedById';
      readonly paymentId: string;
      readonly tabId: bigint;
      readonly asset: Address;
      readonly amount: bigint;
    };

/** A log of the contract, decoded. */
export interface ContractEvent {
  readonly position: EventPosition;
  /** Name in the ABI; undefined for an event that is not in it. */
  readonly name: string | undefined;
  /** Arguments as JSON. */
  readonly argsJson: string;
  /** Undefined when the ledger does not care. */
  readonly ledgerEvent: LedgerEvent | undefined;
}

const core4Mica = new Interface(core4MicaAbi);

/** Decodes a log of the contract. */
export function decodeContractEvent(log: Log): ContractEvent {
  const position: EventPosition = {
    blockNumber: BigInt(log.blockNumber),
    blockHash: log.blockHash,
    txHash: log.transactionHash,
    logIndex: log.index,
  };
  const parsed = core4Mica.parseLog(log);
  if (parsed === null) return { position, name: undefined, argsJson: '{}', ledgerEvent: undefined };
  const args: Readonly<Record<string, unknown>> = parsed.args.toObject();
  return {
    position,
    name: parsed.name,
    argsJson: JSON.stringify(args, (_, value) => (typeof value === 'bigint' ? value.toString() : value)),
    ledgerEvent: ledgerEventOf(parsed.name, args),
  };
}

/** Reads a stored event of the contract again; undefined when the ledger does not care. */
export const ledgerEventOfRecord = ({
  name,
  args,
}: {
  name: string;
  args: string;
}): LedgerEvent | undefined => ledgerEventOf(name, JSON.parse(args));

/** A stored event of the contract as it was decoded. */
export const contractEventOfRecord = (
  record: EventPosition & { name: string; args: string },
): ContractEvent => ({
  position: record,
  name: record.name,
  argsJson: record.args,
  ledgerEvent: ledgerEventOfRecord(record),
});

function ledgerEventOf(name: string, args: Readonly<Record<string, unknown>>): LedgerEvent | undefined {
  const address = (key: string): Address => parseWireAddress(args[key], `${name}.${key}`);
  const uint = (key: string): bigint => parseU256(args[key] as bigint | string, `${name}.${key}`);
  switch (name) {
    case 'CollateralDeposited':
    case 'CollateralWithdrawn':
      return { name, user: address('user'), asset: address('asset'), amount: uint('amount') };
    case 'WithdrawalRequested':
      return {
        name,
        user: address('user'),
        asset: address('asset'),
        when: uint('when'),
        amount: uint('amount'),
      };
    case 'WithdrawalCanceled':
      return { name, user: address('user'), asset: address('asset') };
    case 'RecipientRemunerated':
      return { name, tabId: uint('tabId'), asset: address('asset'), amount: uint('amount') };
    case 'TabPaid':
      return {
        name,
        tabId: uint('tabId'),
        asset: address('asset'),
        user: address('user'),
        recipient: address('recipient'),
        amount: uint('amount'),
      };
    case 'PaymentRecordedById':
      return {
        name,
        paymentId: String(args.paymentId).toLowerCase(),
        tabId: uint('tabId'),
        asset: address('asset'),
        amount: uint('amount'),
      };
    default:
      return undefined;
  }
}
