/**
 * What a client of the matrix is, and what it is given.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** How often a client that gives up after a cut is started again: as somebody would type it again. */
export const CUT_ATTEMPTS = 8;

/** What is to arrive of a file. */
export interface ExpectedFile {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** It is kept as a large file: its SHA-256 is told. */
  readonly isLfs: boolean;
}

/** What there is to have. */
export interface Expected {
  readonly repo: string;
  readonly commit: string;
  /** At the tip, by path. */
  readonly files: Readonly<Record<string, ExpectedFile>>;
  readonly large: string;
  /** A part of the large file: from the byte 1 000 000 on, 500 000 bytes. */
  readonly partSha256: string;
  readonly small: string;
  readonly empty: string;
  /** Names that make trouble. */
  readonly odd: readonly string[];
  readonly gated: { readonly repo: string; readonly path: string; readonly sha256: string };
  readonly gguf: {
    readonly repo: string;
    readonly path: string;
    readonly architecture: string;
    readonly tensors: number;
    readonly parameters: number;
  };
  readonly safetensors: { readonly repo: string; readonly parameters: number; readonly sha256: string };
  /** A text that finds the model, and no other. */
  readonly search: string;
  /** All refs, and the commits they are at. */
  readonly refs: Readonly<Record<string, string>>;
  /** SHA-256 by path at the other refs; none where there are none. */
  readonly others: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whom the token belongs to. */
  readonly account: string;
}

/** A server, as one client meets it. */
export interface Scene {
  readonly endpoint: string;
  /** Large files come from a second host, to which `Authorization` must not be sent. */
  readonly hasFileHost: boolean;
  /** Connections are cut in the middle: only transfers are tried. */
  readonly isCut: boolean;
  /** Opens the gated model. */
  readonly token: string;
  /** Of this client alone, and empty. */
  readonly folder: string;
  readonly expected: Expected;
}

/** One thing that was tried. */
export interface Check {
  readonly name: string;
  /** What was wrong; `undefined` when nothing was. */
  readonly problem: string | undefined;
}

/** A program that people use with the Hub. */
export interface Client {
  readonly name: string;
  /** `undefined` when it is not installed. */
  readonly version: () => string | undefined;
  readonly run: (scene: Scene, checks: Checks) => Promise<void>;
}

/** Gathers what was tried. */
export class Checks {
  readonly #done: Check[] = [];

  /** All so far, in their order. */
  get done(): readonly Check[] {
    return this.#done;
  }

  /** Tries something; what it throws is the problem. */
  async try(name: string, attempt: () => unknown): Promise<void> {
    try {
      await attempt();
      this.#done.push({ name, problem: undefined });
    } catch (error) {
      this.#done.push({ name, problem: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Both are to be the same. */
  equal(name: string, actual: unknown, wanted: unknown): Promise<void> {
    return this.try(name, () => deepStrictEqual(actual, wanted));
  }
}

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** SHA-256 of a file in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  return sha256(await readFile(path));
}

/** SHA-256 by path of all expected files. */
export function digestsOf({ files }: Expected): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [path, file.sha256]));
}

/** The SHA-256 of a file at the tip. */
export function digestOf({ files }: Expected, path: string): string | undefined {
  return files[path]?.sha256;
}

/** A path as it is written in an address. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Where a file of a model is to be had. */
export function fileUrl(scene: Scene, path: string, repo: string = scene.expected.repo): string {
  return `${scene.endpoint}/${repo}/resolve/main/${encodePath(path)}`;
}
