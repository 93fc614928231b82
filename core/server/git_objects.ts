/**
 * Names that git gives to contents: small files directly, large ones through their LFS pointer.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { HostedFile } from "./model_source.ts";

/** The git blob SHA-1 of some bytes. */
export function gitBlobSha1(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** The text that stands in git for a large file. */
export function lfsPointer(file: { readonly sha256: string; readonly sizeBytes: number }): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${file.sha256}\nsize ${file.sizeBytes}\n`;
}

/** How git and LFS name one file. */
export interface FileIdentity {
  /** Of the bytes, or of the pointer of an LFS file. */
  readonly gitSha1: string;
  readonly lfs: { readonly sha256: string; readonly pointerSizeBytes: number } | undefined;
}

/** Works out both names of a file. */
export async function identifyFile(file: HostedFile): Promise<FileIdentity> {
  const { hex } = await file.digest();
  if (file.storage === "git") return { gitSha1: hex, lfs: undefined };
  const pointer = new TextEncoder().encode(lfsPointer({ sha256: hex, sizeBytes: file.sizeBytes }));
  return { gitSha1: gitBlobSha1(pointer), lfs: { sha256: hex, pointerSizeBytes: pointer.length } };
}

/** The name of a folder: it changes with what is in it. */
export function folderSha1(path: string, children: readonly string[]): string {
  return createHash("sha1").update([path, ...children].join("\0")).digest("hex");
}
