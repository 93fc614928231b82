/**
 * What a fault of the table is: where it strikes, and what has to come of it.
 *
 * @module
 */
import type { ErrorCode } from "../../../core/base/errors.ts";
import type { FakeHub } from "../../support/fake_hub.ts";
import {
  deadEndpoint,
  endsWithPath,
  type Fault,
  type FaultEffect,
  requestsFor,
} from "../../support/faults.ts";
import type { RawEffect } from "../../support/raw_front.ts";

/** The repository of the table. */
export const REPO = "acme/faults";
const MIB = 1024 * 1024;
/** Sizes of the files that faults strike. */
const LARGE_SIZE = 5 * MIB + 7;
const SMALL_SIZE = 300_000;
/** The files that faults strike: one that is fetched in ranges, one that is fetched by one request. */
export const TARGETS = { large: "model.safetensors", small: "weights.bin" } as const;
/** The others are never struck. */
export const FILES = [
  { path: TARGETS.large, sizeBytes: LARGE_SIZE },
  { path: TARGETS.small, sizeBytes: SMALL_SIZE },
  { path: "other.safetensors", sizeBytes: 2 * MIB },
  { path: "config.json", text: `{"model_type":"plain"}` },
] as const;
/** Size of the large target. */
export const LARGE_BYTES = LARGE_SIZE;
/** What a predicate may look at besides the request. */
export interface Struck {
  readonly path: string;
  readonly hub: FakeHub;
}

/** A fault of the target; without `when`, it strikes the requests for its bytes. */
export interface TargetFault extends Omit<Fault, "when"> {
  readonly when?: (request: Request, struck: Struck) => boolean;
}

/** It ends well. */
export interface Survival {
  readonly survives: true;
  /** A `retrying` or `waiting` event, or a notice, says so. */
  readonly says?: RegExp;
  /** How often the Hub was asked for the file's place. */
  readonly resolves?: number;
  /** The large file may have been begun anew; otherwise what arrived is not fetched again. */
  readonly beginsAnew?: true;
  /** Some of the bytes came from the mirror. */
  readonly fromMirror?: true;
}

/** It ends badly, and says so. */
export interface Failure {
  readonly survives: false;
  readonly code: ErrorCode;
  readonly message: RegExp;
  readonly hint: RegExp;
  /** What had arrived of the large file is there at the next pull. */
  readonly keeps?: true;
}

/** A row of the table. */
export interface FaultCase {
  readonly name: string;
  /** @default both */
  readonly on?: readonly (keyof typeof TARGETS)[];
  readonly hub?: readonly TargetFault[];
  readonly fileHost?: readonly TargetFault[];
  /** Below HTTP: what the connections to the file host do, one after another. */
  readonly raw?: () => (head: string) => RawEffect;
  /** There is a mirror, with these faults. */
  readonly mirror?: readonly Fault[];
  /** Another endpoint than the Hub's. */
  readonly endpoint?: (hub: FakeHub) => string;
  /** Workers that die in the middle of a segment. */
  readonly workerCrashes?: number;
  readonly connections?: number;
  readonly settings?: {
    readonly timeout?: number;
    readonly stall_timeout?: number;
    readonly max_retries?: number;
  };
  readonly expected: Survival | Failure;
}

/** Requests for the target's bytes, on whatever host. */
export function isAsked(request: Request, { path }: Struck): boolean {
  return requestsFor(path)(request);
}

/** Requests for bytes, of whatever file. */
export function isGet({ method }: Request): boolean {
  return method === "GET";
}

/** Questions for the target's place. */
export function isResolve(request: Request, { path }: Struck): boolean {
  const { pathname } = new URL(request.url);
  return request.method === "HEAD" && endsWithPath(pathname, path);
}

/** The question for the model's facts. */
export function isInfo(request: Request): boolean {
  return new URL(request.url).pathname.startsWith("/api/models/");
}

/** It strikes for ever; or the first `times`, after `skip`. */
export function fault(
  effect: FaultEffect,
  when: { readonly skip?: number; readonly times?: number } = {},
): TargetFault {
  return { effect, ...when };
}

/** It ends well, and nothing needs to be said. */
export const SURVIVES: Survival = { survives: true };
/** What a person may count on. */
const KEPT = /Run the same command again: what has arrived is kept/;

/** It ends badly, with this error. */
export function fails(code: ErrorCode, message: RegExp, hint: RegExp = KEPT): Failure {
  return { survives: false, code, message, hint };
}

/** It ends badly when a part had arrived, which is kept. */
export function failsAndKeeps(code: ErrorCode, message: RegExp): Failure {
  return { ...fails(code, message), keeps: true };
}

/** It ends well, and says on the way what was wrong. */
export function says(text: RegExp, others: Partial<Survival> = {}): Survival {
  return { survives: true, says: text, ...others };
}

/** The Hub names a place on another host. */
export function sentTo(origin: string, when: { readonly times?: number } = {}): TargetFault {
  return { effect: { type: "redirect", location: `${origin}/f?Signature=secret` }, when: isResolve, ...when };
}

/** Where nobody listens. */
export const DEAD = deadEndpoint();
/** A host whose name nobody knows. */
export const UNKNOWN = "http://files.invalid";
/** After a quarter of the large file; never for small ones, which have but one request. */
export const LATER = { skip: 2 } as const;
