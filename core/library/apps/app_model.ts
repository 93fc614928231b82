/**
 * Models of other programs, as a look at their folders shows them.
 *
 * @module
 */
import type { Digest } from "../../base/digest.ts";

/** Programs whose folders are known; `folder` is any other place. */
export type AppName = "hf-cache" | "lmstudio" | "ollama" | "folder";

/** One file of a model. */
export interface AppFile {
  /** Absolute: its name in the program's folder. */
  readonly path: string;
  /** Absolute: where the bytes are when all links are followed. */
  readonly realPath: string;
  /** What its name in a repository is or would be, with `/`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** In milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** What the bytes have to be, by the name that the program gave them; nobody has hashed them. */
  readonly digest: Digest | undefined;
}

/** One model. */
export interface AppModel {
  readonly app: AppName;
  /** As the program calls it. */
  readonly name: string;
  /** The repository that it seems to be from, `org/name`. */
  readonly repo: string | undefined;
  /** What it is called when nobody knows where it is from: `local/name`. */
  readonly localRepo: string;
  /** 40 hexadecimal digits, where the program keeps that. */
  readonly commit?: string | undefined;
  /** The branch or tag that the commit was of. */
  readonly revision?: string | undefined;
  readonly files: readonly AppFile[];
}

/** Something that looks like a model and cannot be used. */
export interface AppSkip {
  /** Absolute. */
  readonly path: string;
  /** A sentence without its full stop. */
  readonly reason: string;
  readonly sizeBytes: number;
}

/** What is in a folder of a program. */
export interface AppScan {
  readonly models: readonly AppModel[];
  readonly skipped: readonly AppSkip[];
}

/** The namespace of models that nobody knows where they are from. */
const LOCAL = "local";

/** A name that a repository can have, of any text. */
export function localRepo(text: string): string {
  const name = text.normalize("NFKD").replace(/[^\w.-]+/g, "-").replace(/\.{2,}/g, ".").replace(/-{2,}/g, "-")
    .replace(/^[.-]+/, "").slice(0, 90).replace(/(?:\.git|[.-])+$/, "");
  return `${LOCAL}/${name === "" ? "model" : name}`;
}
