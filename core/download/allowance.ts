/**
 * How many bytes a rate limit lets through, in memory that main thread and workers share.
 *
 * The main thread grants bytes as time passes; a lane reserves a few before it reads, and waits until the grants have
 * come up to its reservation. Reservations are served in the order in which they were made, so no lane starves, and
 * nothing is read before it was granted, so no burst has to be paid back. A change of the limit begins a new account:
 * who holds a reservation in an old one drops it, and nothing that was saved or owed lives on.
 *
 * @module
 */

/** Accounts in memory: a lane that is as many changes behind, within one step of its own, does not exist. */
const ACCOUNTS = 4;
const CURRENT = 0;
const FIRST_ACCOUNT = 1;
const CELLS_OF_ACCOUNT = 3;
/** Bytes of one reservation; 0 while there is no limit. */
const BITE = 0;
/** Bytes granted since the account began. */
const GRANTED = 1;
/** Bytes reserved since then, less those that were given back. */
const RESERVED = 2;

/** Cells that an {@link Allowance} takes. */
export const ALLOWANCE_CELLS = FIRST_ACCOUNT + ACCOUNTS * CELLS_OF_ACCOUNT;

/** A reservation: due when so many bytes were granted in its account. */
export interface Reservation {
  readonly account: number;
  readonly bytes: number;
  readonly dueAtBytes: number;
}

/** A view of the shared account; main thread and workers each have their own. */
export class Allowance {
  readonly #cells: BigInt64Array;

  /** @param cells The first {@link ALLOWANCE_CELLS} are used; zeros at first. */
  constructor(cells: BigInt64Array) {
    this.#cells = cells;
  }

  #cell(account: number, offset: typeof BITE | typeof GRANTED | typeof RESERVED): number {
    return FIRST_ACCOUNT + (account % ACCOUNTS) * CELLS_OF_ACCOUNT + offset;
  }

  #load(account: number, offset: typeof BITE | typeof GRANTED | typeof RESERVED): number {
    return Number(Atomics.load(this.#cells, this.#cell(account, offset)));
  }

  /** Counts the changes of the limit. */
  get account(): number {
    return Number(Atomics.load(this.#cells, CURRENT));
  }

  /** Begins a new account with reservations of so many bytes, or none and no limit with 0; main thread only. */
  begin(biteBytes: number): void {
    const next = this.account + 1;
    Atomics.store(this.#cells, this.#cell(next, BITE), BigInt(biteBytes));
    Atomics.store(this.#cells, this.#cell(next, GRANTED), 0n);
    Atomics.store(this.#cells, this.#cell(next, RESERVED), 0n);
    Atomics.store(this.#cells, CURRENT, BigInt(next));
  }

  /** Grants bytes, but no more than `spareBytes` beyond what is reserved; main thread only. */
  grant(bytes: number, spareBytes: number): void {
    const { account } = this;
    const room = this.#load(account, RESERVED) + spareBytes - this.#load(account, GRANTED);
    const granted = Math.min(bytes, room);
    if (granted > 0) Atomics.add(this.#cells, this.#cell(account, GRANTED), BigInt(granted));
  }

  /** Whether anything was ever reserved in this account. */
  get used(): boolean {
    return this.#load(this.account, RESERVED) > 0;
  }

  /** Whether a lane waits for bytes. */
  get awaited(): boolean {
    const { account } = this;
    return this.#load(account, RESERVED) > this.#load(account, GRANTED);
  }

  /** Bytes of a reservation in an account; 0 for no limit. */
  biteBytes(account: number): number {
    return this.#load(account, BITE);
  }

  /** Gets in line for the next bytes; `undefined` while there is no limit. */
  reserve(account: number): Reservation | undefined {
    const bytes = this.biteBytes(account);
    if (bytes === 0) return undefined;
    const before = Atomics.add(this.#cells, this.#cell(account, RESERVED), BigInt(bytes));
    return { account, bytes, dueAtBytes: Number(before) + bytes };
  }

  /** Whether the bytes of a reservation have been granted. */
  isDue({ account, dueAtBytes }: Reservation): boolean {
    // Who was before it in the line may have left: nobody waits for more than there are reservations.
    return this.#load(account, GRANTED) >= Math.min(dueAtBytes, this.#load(account, RESERVED));
  }

  /** Gives back what was reserved in the current account and not read. */
  giveBack(account: number, bytes: number): void {
    if (bytes <= 0 || account !== this.account) return;
    Atomics.sub(this.#cells, this.#cell(account, RESERVED), BigInt(bytes));
  }
}

/** What one lane may read: its place in the line, and what it has left of its last turn. */
export class LaneAllowance {
  readonly #shared: Allowance;
  #account = -1;
  #waiting: Reservation | undefined;
  #leftBytes = 0;

  constructor(shared: Allowance) {
    this.#shared = shared;
  }

  /** How many bytes the next read may take: `Infinity` without a limit, `undefined` when the lane has to wait. */
  next(): number | undefined {
    const { account } = this.#shared;
    if (account !== this.#account) {
      this.#account = account;
      this.#waiting = undefined;
      this.#leftBytes = 0;
    }
    if (this.#leftBytes > 0) return this.#leftBytes;
    const reservation = this.#waiting ?? this.#shared.reserve(account);
    if (reservation === undefined) return Infinity;
    this.#waiting = reservation;
    if (!this.#shared.isDue(reservation)) return undefined;
    this.#waiting = undefined;
    this.#leftBytes = reservation.bytes;
    return reservation.bytes;
  }

  /** Notes that bytes were read. */
  spend(bytes: number): void {
    this.#leftBytes = Math.max(0, this.#leftBytes - bytes);
  }

  /** Leaves the line: what was not read is for the others. */
  release(): void {
    this.#shared.giveBack(this.#account, this.#leftBytes + (this.#waiting?.bytes ?? 0));
    this.#leftBytes = 0;
    this.#waiting = undefined;
  }
}
