/**
 * Units: what a person picks of a repository. One quant with all its shards is one unit.
 *
 * @module
 */
import { companionKind, compareLabels, fileStem, quantLabel } from "./quant_label.ts";

/** What has to be known of a file to group it. */
export interface SizedFile {
  /** In the repository, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** One quant with all its shards. */
export interface Unit<F extends SizedFile = SizedFile> {
  /** As in {@link quantLabel}; `undefined` when no name carries one. */
  readonly quant: string | undefined;
  /** Tells the unit from the others of its repository: the quant, else the file's name, else its path; no extension. */
  readonly label: string;
  /** In the order of their shard numbers. */
  readonly files: readonly F[];
  readonly sizeBytes: number;
  /** Shards that the names promise and the repository does not have; by number, from 1. */
  readonly missingShards: readonly number[];
  /** No shard is missing. */
  readonly complete: boolean;
  /** Of GGUF files; other units are of safetensors. */
  readonly gguf: boolean;
}

/** A repository's files, sorted into what they are. Each file is in exactly one place. */
export interface GroupedFiles<F extends SizedFile = SizedFile> {
  /** By bits, smallest first. GGUF units where there are any, else those of safetensors. */
  readonly units: readonly Unit<F>[];
  /** `mmproj`, draft heads, importance matrices; by path. */
  readonly companions: readonly F[];
  /** By path. */
  readonly others: readonly F[];
}

const SHARD = /-(\d{5})-of-(\d{5})\.[a-z]+$/i;

/** Matches the shards of one unit, given the path of one of them; `undefined` for a file that is whole. */
export function siblingPattern(path: string): RegExp | undefined {
  const match = SHARD.exec(path);
  if (match === null) return undefined;
  const [ending, , total] = match;
  const stem = RegExp.escape(path.slice(0, match.index));
  const extension = RegExp.escape(ending.slice(ending.lastIndexOf(".")));
  return new RegExp(`^${stem}-\\d{5}-of-${total}${extension}$`);
}

/** Whether shards are missing that the names of the others promise. */
export function lacksShards(files: readonly SizedFile[]): boolean {
  const shards = files.filter((file) => SHARD.test(file.path));
  if (shards.length === 0) return false;
  const { units } = groupUnits(shards);
  return units.some((unit) => !unit.complete);
}

interface ShardedFile<F> {
  readonly file: F;
  /** From 1; 1 for a file that is whole. */
  readonly shard: number;
  readonly total: number;
}

/** The parts of one model have the same folder, name and number of shards. */
function readShard<F extends SizedFile>(file: F): ShardedFile<F> & { readonly key: string } {
  const [, shard, total] = SHARD.exec(file.path) ?? [];
  const key = `${pathStem(file.path)} ${total ?? ""}`;
  return { file, shard: Number(shard ?? 1), total: Number(total ?? 1), key };
}

/** Folder and name without shard number and extension. */
export function pathStem(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) + fileStem(path);
}

function byPath(a: SizedFile, b: SizedFile): number {
  return a.path === b.path ? 0 : a.path < b.path ? -1 : 1;
}

/** A unit whose label is still to be found. */
type Draft<F extends SizedFile> = Omit<Unit<F>, "label"> & { readonly firstPath: string };

function toDraft<F extends SizedFile>(parts: readonly ShardedFile<F>[], gguf: boolean): Draft<F> {
  const sorted = [...parts].sort((a, b) => a.shard - b.shard || byPath(a.file, b.file));
  const present = new Set(sorted.map((part) => part.shard));
  const total = sorted[0]?.total ?? 1;
  const missingShards: number[] = [];
  for (let shard = 1; shard <= total; shard++) if (!present.has(shard)) missingShards.push(shard);
  const firstPath = sorted[0]?.file.path ?? "";
  return {
    quant: quantLabel(firstPath),
    files: sorted.map((part) => part.file),
    sizeBytes: sorted.reduce((sum, part) => sum + part.file.sizeBytes, 0),
    missingShards,
    complete: missingShards.length === 0,
    gguf,
    firstPath,
  };
}

/** The shortest of quant, name and path that no other unit shares. */
function withLabels<F extends SizedFile>(drafts: readonly Draft<F>[]): Unit<F>[] {
  const namesOf = ({ quant, firstPath }: Draft<F>): string[] => [
    ...(quant === undefined ? [] : [quant]),
    fileStem(firstPath),
    pathStem(firstPath),
    firstPath,
  ];
  const counts = new Map<string, number>();
  for (const draft of drafts) {
    for (const name of new Set(namesOf(draft).map((text) => text.toLowerCase()))) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return drafts.map((draft) => {
    const { firstPath, ...unit } = draft;
    const label = namesOf(draft).find((name) => counts.get(name.toLowerCase()) === 1) ?? firstPath;
    return { ...unit, label };
  });
}

/** The units of files that have the same extension. */
function toUnits<F extends SizedFile>(files: readonly F[], options: { readonly gguf: boolean }): Unit<F>[] {
  const groups = new Map<string, ShardedFile<F>[]>();
  for (const file of files) {
    const { key, ...part } = readShard(file);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [part]);
    else group.push(part);
  }
  const drafts = [...groups.values()].map((parts) => toDraft(parts, options.gguf));
  drafts.sort((a, b) =>
    compareLabels(a.quant, b.quant) || (a.firstPath === b.firstPath ? 0 : a.firstPath < b.firstPath ? -1 : 1)
  );
  return withLabels(drafts);
}

/**
 * Sorts a repository's files into units, companions and others.
 *
 * Files with the same label in different folders, or with different names, are different units.
 */
export function groupUnits<F extends SizedFile>(files: readonly F[]): GroupedFiles<F> {
  const gguf: F[] = [], safetensors: F[] = [], companions: F[] = [], others: F[] = [];
  for (const file of files) {
    if (/\.gguf$/i.test(file.path)) {
      (companionKind(file.path) === undefined ? gguf : companions).push(file);
    } else if (companionKind(file.path) !== undefined) companions.push(file);
    else if (/\.safetensors$/i.test(file.path)) safetensors.push(file);
    else others.push(file);
  }
  const isGguf = gguf.length > 0;
  return {
    units: toUnits(isGguf ? gguf : safetensors, { gguf: isGguf }),
    companions: companions.sort(byPath),
    others: (isGguf ? [...others, ...safetensors] : others).sort(byPath),
  };
}

/** What is taken when nobody says which: `Q4_K_M`, then `Q8_0`, then the first; whole ones before all others. */
export function defaultUnit<U extends Unit>(units: readonly U[]): U | undefined {
  const whole = units.filter((unit) => unit.complete);
  const choices = whole.length > 0 ? whole : units;
  for (const wanted of ["Q4_K_M", "UD-Q4_K_M", "Q8_0", "UD-Q8_0"]) {
    const unit = choices.find((choice) => choice.quant === wanted);
    if (unit !== undefined) return unit;
  }
  return choices[0];
}
