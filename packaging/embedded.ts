/**
 * What `deno compile` has put into a binary: read back from the binary itself, of any system.
 *
 * The data follow a marker: settings as JSON, the names of packages, the tree of files as JSON, their bytes; each
 * with its length before it, as 64 bits, the lowest first.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** The settings that are baked into a binary, as far as they are looked at. */
export interface BakedSettings {
  /** The main module, below the root of the embedded files. */
  readonly entrypoint: string;
  /** Unstable features, such as `kv`. */
  readonly features: readonly string[];
  /** Kinds of permissions that are given without limits. */
  readonly allowed: readonly string[];
}

/** A file in a binary. */
export interface EmbeddedFile {
  readonly sizeBytes: number;
  /** Whether it is there as JavaScript as well: a binary cannot translate any more. */
  readonly isTranslated: boolean;
  /** Its bytes as they were. */
  read(): Uint8Array;
}

/** All of it. */
export interface Embedded {
  readonly settings: BakedSettings;
  /** By their paths with `/`; those of packages begin with {@link PACKAGES}. */
  readonly files: ReadonlyMap<string, EmbeddedFile>;
}

/** The folder of the packages: then comes a registry's name, then the package's, then its version. */
export const PACKAGES = ".deno_compile_node_modules/";

const MARKER = Buffer.from("d3n0l4nd");
const SETTINGS_START = Buffer.from('{"argv"');
const TREE_START = Buffer.from('[{"');

interface Entry {
  readonly Dir?: { readonly n: string; readonly e: readonly Entry[] };
  readonly File?: { readonly n: string; readonly o: readonly [number, number]; readonly m?: unknown };
}

interface Settings {
  readonly entrypoint_key: string;
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly unstable_config: { readonly features: readonly string[] };
}

/** Where a text of JSON ends whose length stands before it. */
function endOf(bytes: Buffer, start: number): number {
  return start + Number(bytes.readBigUInt64LE(start - 8));
}

/** The end of the marker that settings follow; Deno's own code holds the marker as well. */
function settingsStart(bytes: Buffer): number {
  for (let at = bytes.indexOf(MARKER); at >= 0; at = bytes.indexOf(MARKER, at + 1)) {
    const start = at + MARKER.length + 8;
    if (bytes.subarray(start, start + SETTINGS_START.length).equals(SETTINGS_START)) return start;
  }
  throw new SyntaxError("There is no program in the binary");
}

function treeStart(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(TREE_START, from); at >= 0; at = bytes.indexOf(TREE_START, at + 1)) {
    const end = endOf(bytes, at);
    if (end <= bytes.length && bytes[end - 1] === 0x5d) return at;
  }
  throw new SyntaxError("There are no files in the binary");
}

function bakedSettings({ entrypoint_key, permissions, unstable_config }: Settings): BakedSettings {
  const allowed = Object.entries(permissions)
    .filter(([name, value]) => name.startsWith("allow_") && Array.isArray(value) && value.length === 0)
    .map(([name]) => name.slice("allow_".length));
  return { entrypoint: entrypoint_key, features: unstable_config.features, allowed: allowed.sort() };
}

/** Reads a binary. @throws {SyntaxError} when it holds no program. */
export function readEmbedded(binary: Uint8Array): Embedded {
  const bytes = Buffer.from(binary.buffer, binary.byteOffset, binary.byteLength);
  const start = settingsStart(bytes);
  const end = endOf(bytes, start);
  const settings = JSON.parse(bytes.toString("utf8", start, end)) as Settings;
  const tree = treeStart(bytes, end);
  const treeEnd = endOf(bytes, tree);
  const dataStart = treeEnd + 8;
  const files = new Map<string, EmbeddedFile>();
  const visit = (entries: readonly Entry[], folder: string): void => {
    for (const { Dir, File } of entries) {
      if (Dir !== undefined) visit(Dir.e, `${folder}${Dir.n}/`);
      if (File === undefined) continue;
      const [offset, sizeBytes] = File.o;
      files.set(`${folder}${File.n}`, {
        sizeBytes,
        isTranslated: File.m !== undefined,
        read: () => bytes.subarray(dataStart + offset, dataStart + offset + sizeBytes),
      });
    }
  };
  visit(JSON.parse(bytes.toString("utf8", tree, treeEnd)) as readonly Entry[], "");
  return { settings: bakedSettings(settings), files };
}

/** The names of the packages among files, without their versions, sorted. */
export function packagesIn(files: Iterable<string>): readonly string[] {
  const names = new Set<string>();
  for (const path of files) {
    if (!path.startsWith(PACKAGES)) continue;
    const [, first = "", second = ""] = path.slice(PACKAGES.length).split("/");
    names.add(first.startsWith("@") ? `${first}/${second}` : first);
  }
  return [...names].sort();
}
