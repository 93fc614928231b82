/**
 * Where a file's bytes are just now: asked once for all lanes, asked again when it has expired.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { SourceFile, SourceLocation } from "./source_file.ts";

/** A URL is renewed so long before its end, or a tenth of its life before it if that is less. */
const EXPIRY_MARGIN_MS = 30_000;

/** A location with the number of the asking it came from. */
export interface NumberedLocation {
  readonly location: SourceLocation;
  readonly generation: number;
  /** Of the URL. */
  readonly origin: string;
  /** When it was asked for, on the monotonic clock. */
  readonly askedAt: number;
  /** A host that was not tried before, in place of one that could not be reached. */
  readonly moved: boolean;
}

/** The location of one file, shared by its lanes. In memory only: it may be a credential. */
export class LocationCache {
  readonly #source: SourceFile;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #current: Promise<NumberedLocation> | undefined;
  #generation = 0;
  #origin: string | undefined;
  /** Every host there was a location on. */
  readonly #seen = new Set<string>();
  /** Hosts that could not be reached, ever and since all were. */
  readonly #abandoned = new Set<string>();
  readonly #unreachable = new Set<string>();
  /** When the current location has to be renewed, in milliseconds since 1970. */
  #renewAt = Infinity;

  constructor(
    source: SourceFile,
    options: { readonly clock: Clock; readonly signal: AbortSignal },
  ) {
    this.#source = source;
    this.#clock = options.clock;
    this.#signal = options.signal;
  }

  /** The location, asked for if need be; lanes that ask at the same time share one request. */
  async get(): Promise<NumberedLocation> {
    const numbered = await (this.#current ?? this.#ask());
    const isCurrent = this.#current !== undefined && numbered.generation === this.#generation;
    if (isCurrent && this.#clock.now() < this.#renewAt) return numbered;
    // Of the lanes that find it too old, the first asks for all.
    return await (isCurrent ? this.#ask() : this.#current ?? this.#ask());
  }

  /** Asks ahead of need. A failure is met by the lane that needs the location. */
  prefetch(): void {
    if (this.#current === undefined) this.#ask().catch(() => {});
  }

  /** Marks a location as no longer good; a newer one stays. @returns whether it was the current one. */
  expire(generation: number): boolean {
    if (generation !== this.#generation || this.#current === undefined) return false;
    this.#current = undefined;
    return true;
  }

  /**
   * Marks a location as no longer good because its host cannot be reached: the next one should be elsewhere.
   *
   * @returns whether that is news, so that another place may still be found.
   */
  abandon(generation: number): boolean {
    const origin = this.#origin;
    if (!this.expire(generation) || origin === undefined) return false;
    if (this.#source.hasMirrors !== true) return false;
    const isNews = !this.#abandoned.has(origin);
    this.#abandoned.add(origin);
    this.#unreachable.add(origin);
    return isNews;
  }

  /** Whether another host is wanted in place of this one. */
  hasMovedFrom(origin: string): boolean {
    return this.#unreachable.has(origin);
  }

  /** Whether a location has been given up for a newer one. */
  isOutdated(generation: number): boolean {
    return generation !== this.#generation || this.#current === undefined;
  }

  #number(location: SourceLocation, asked: { readonly generation: number; readonly askedAt: number }) {
    const { origin } = new URL(location.url);
    const moved = this.#unreachable.size > 0 && !this.#seen.has(origin);
    // There is no other place: all get another chance.
    if (this.#unreachable.has(origin)) this.#unreachable.clear();
    this.#seen.add(origin);
    if (asked.generation === this.#generation) this.#origin = origin;
    return { location, origin, moved, ...asked };
  }

  #ask(): Promise<NumberedLocation> {
    const generation = ++this.#generation;
    this.#renewAt = Infinity;
    const askedAt = this.#clock.monotonic();
    const options = { signal: this.#signal, unreachable: [...this.#unreachable] };
    const asked = this.#source.locate(options).then((location) => {
      const lifeMs = (location.expiresAt ?? Infinity) - this.#clock.now();
      // One that is born dead says that the two clocks differ: then only the server can tell when it expires.
      if (lifeMs > 0 && generation === this.#generation) {
        this.#renewAt = this.#clock.now() + lifeMs - Math.min(EXPIRY_MARGIN_MS, lifeMs / 10);
      }
      return this.#number(location, { generation, askedAt });
    });
    this.#current = asked;
    // A failed question is asked anew by whoever comes next.
    asked.catch(() => this.expire(generation));
    return asked;
  }
}
