/**
 * Which files of a repository a request means; pure.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { compilePattern, isPattern } from "../base/file_pattern.ts";
import { bestMmproj } from "./mmproj.ts";
import { nearNames } from "../base/near_names.ts";
import { defaultUnit, type GroupedFiles, groupUnits, type SizedFile, type Unit } from "./units.ts";

/** What to select. */
export interface SelectionOptions {
  /** Quant label, file path, glob or folder; `undefined` means the default choice. */
  readonly selector?: string | undefined;
  /** Patterns over the whole repository; what any of them matches is added. */
  readonly include?: readonly string[] | undefined;
  /** Patterns over the whole repository; what any of them matches is left out, whatever else says. */
  readonly exclude?: readonly string[] | undefined;
  /** Adds the projector that goes best with the files. */
  readonly withMmproj?: boolean | undefined;
  /** `org/name`, for advice. */
  readonly repo?: string | undefined;
}

/** What was selected. */
export interface Selection<F extends SizedFile = SizedFile> {
  /** A unit's shards in their order first, then the others by path. */
  readonly files: readonly F[];
  /** The label of the unit, when the files are one unit (and things that go with it). */
  readonly quant: string | undefined;
  readonly unit: Unit<F> | undefined;
  /** The projector that was added on request; `undefined` also when the repository has none. */
  readonly mmproj: F | undefined;
}

type Groups<F extends SizedFile> = GroupedFiles<F>;

/**
 * Selects files. Without a selector and patterns: the default unit of a repository with GGUF files, all files of
 * any other.
 *
 * @throws {ModelManagerError} `NOT_FOUND` when nothing matches, listing what there is, or when a unit lacks a
 * shard; `USAGE_ERROR` when a label fits several units.
 */
export function selectFiles<F extends SizedFile>(
  files: readonly F[],
  options: SelectionOptions = {},
): Selection<F> {
  const groups = groupUnits(files);
  const chosen = new Set<F>(baseFiles(files, groups, options));
  for (const file of includedFiles(files, options)) chosen.add(file);
  const mmproj = options.withMmproj === true ? bestMmproj([...chosen], groups.companions) : undefined;
  if (mmproj !== undefined) chosen.add(mmproj);

  const isExcluded = matchesAny(options.exclude ?? []);
  const kept = files.filter((file) => chosen.has(file) && !isExcluded(file.path));
  if (kept.length === 0) throw nothingLeft(files, options);
  return describe(kept, groups, mmproj !== undefined && kept.includes(mmproj) ? mmproj : undefined);
}

function matchesAny(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map(compilePattern);
  return (path) => tests.some((test) => test(path));
}

function baseFiles<F extends SizedFile>(
  files: readonly F[],
  groups: Groups<F>,
  options: SelectionOptions,
): readonly F[] {
  const { selector } = options;
  if (selector !== undefined) return bySelector(files, groups, { ...options, selector });
  if ((options.include ?? []).length > 0) return [];
  const unit = groups.units[0]?.gguf === true ? defaultUnit(groups.units) : undefined;
  return unit === undefined ? files.filter((file) => !isGitFile(file.path)) : wholeUnit(unit, options);
}

/** `.gitattributes` and the like are of no use outside git. */
export function isGitFile(path: string): boolean {
  return path.split("/").some((segment) => segment.startsWith(".git"));
}

function bySelector<F extends SizedFile>(
  files: readonly F[],
  groups: Groups<F>,
  options: SelectionOptions & { readonly selector: string },
): readonly F[] {
  const { selector } = options;
  const exact = files.filter((file) => file.path === selector);
  if (exact.length > 0) return exact;
  const unit = findUnit(groups.units, options);
  if (unit !== undefined) return wholeUnit(unit, options);
  const matches = isPattern(selector)
    ? files.filter((file) => compilePattern(selector)(file.path))
    : files.filter((file) => file.path.startsWith(selector.endsWith("/") ? selector : `${selector}/`));
  if (matches.length === 0) throw selectorNotFound(files, groups, options);
  return matches;
}

/** By label, then by quant, then by quant without the prefix of a mixture; case does not count. */
function findUnit<F extends SizedFile>(
  units: readonly Unit<F>[],
  options: SelectionOptions & { readonly selector: string },
): Unit<F> | undefined {
  const wanted = options.selector.toUpperCase();
  const quant = wanted.replace(/^UD_/, "UD-").replace(/^FP(?=16|32)/, "F");
  const labelled = units.filter((unit) => unit.label.toUpperCase() === wanted);
  const exact = units.filter((unit) => unit.quant === quant);
  const similar = units.filter((unit) => unit.quant === `UD-${quant}`);
  const found = [labelled, exact, similar].find((matches) => matches.length > 0) ?? [];
  if (found.length > 1) throw ambiguous(found, options);
  return found[0];
}

function wholeUnit<F extends SizedFile>(unit: Unit<F>, options: SelectionOptions): readonly F[] {
  if (unit.complete) return unit.files;
  const total = unit.files.length + unit.missingShards.length;
  const missing = unit.missingShards.slice(0, 5).join(", ") + (unit.missingShards.length > 5 ? ", …" : "");
  throw new ModelManagerError(
    "NOT_FOUND",
    `"${unit.label}" is incomplete in the repository: shard ${missing} of ${total} is missing`,
    {
      hints: [
        `Choose another quant: mm show ${shownRepo(options)}`,
        `Or take what there is: mm pull "${shownRepo(options)}:${unit.files[0]?.path ?? unit.label}"`,
      ],
    },
  );
}

function includedFiles<F extends SizedFile>(files: readonly F[], options: SelectionOptions): readonly F[] {
  const { include = [] } = options;
  if (include.length === 0) return [];
  const isIncluded = matchesAny(include);
  const matches = files.filter((file) => isIncluded(file.path));
  if (matches.length > 0) return matches;
  const patterns = include.map((pattern) => `"${pattern}"`).join(", ");
  throw new ModelManagerError("NOT_FOUND", `No file${ofRepo(options)} matches ${patterns}`, {
    hints: listingHints(files.map((file) => file.path), options),
  });
}

/** The unit, when the files hold exactly one, whole. */
function describe<F extends SizedFile>(
  kept: readonly F[],
  groups: Groups<F>,
  mmproj: F | undefined,
): Selection<F> {
  const present = new Set(kept);
  const touched = groups.units.filter((unit) => unit.files.some((file) => present.has(file)));
  const only = touched.length === 1 ? touched[0] : undefined;
  const unit = only !== undefined && only.files.every((file) => present.has(file)) ? only : undefined;
  const ofUnits = new Set(touched.flatMap((each) => each.files.filter((file) => present.has(file))));
  const rest = kept.filter((file) => !ofUnits.has(file));
  rest.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files: [...ofUnits, ...rest], quant: unit?.quant, unit, mmproj };
}

function shownRepo(options: SelectionOptions): string {
  return options.repo ?? "org/name";
}

function ofRepo(options: SelectionOptions): string {
  return options.repo === undefined ? "" : ` of "${options.repo}"`;
}

function listingHints(names: readonly string[], options: SelectionOptions): string[] {
  const shown = names.slice(0, 5).join(", ") + (names.length > 5 ? `, … (${names.length} in all)` : "");
  const look = `See all files: mm show ${shownRepo(options)}`;
  return names.length === 0 ? [look] : [`There are: ${shown}`, look];
}

function selectorNotFound<F extends SizedFile>(
  files: readonly F[],
  groups: Groups<F>,
  options: SelectionOptions & { readonly selector: string },
): ModelManagerError {
  const { selector } = options;
  const labels = groups.units.filter((unit) => unit.gguf).map((unit) => unit.label);
  const near = nearNames(selector, files.map((file) => file.path));
  const looksLikeFile = /[./*?[]/.test(selector.replace(/^UD-/i, ""));
  const first = nearNames(selector, labels, { limit: 1 })[0] ?? defaultUnit(groups.units)?.label;
  const hints = labels.length > 0 && !(looksLikeFile && near.length > 0)
    ? [`Available: ${labels.join(", ")}`, `Choose one: mm pull "${shownRepo(options)}:${first ?? labels[0]}"`]
    : near.length > 0
    ? near.map((path) => `Did you mean: mm pull "${shownRepo(options)}:${path}"`).slice(0, 3)
    : listingHints(files.map((file) => file.path), options);
  const kind = looksLikeFile ? "file" : "quant or file";
  return new ModelManagerError("NOT_FOUND", `No ${kind}${ofRepo(options)} matches "${selector}"`, { hints });
}

function ambiguous<F extends SizedFile>(
  units: readonly Unit<F>[],
  options: SelectionOptions & { readonly selector: string },
): ModelManagerError {
  return new ModelManagerError(
    "USAGE_ERROR",
    `"${options.selector}" fits ${units.length} models${ofRepo(options)}: wanted one of them`,
    { hints: units.slice(0, 8).map((unit) => `Choose one: mm pull "${shownRepo(options)}:${unit.label}"`) },
  );
}

function nothingLeft<F extends SizedFile>(files: readonly F[], options: SelectionOptions): ModelManagerError {
  const message = files.length === 0
    ? `There are no files${options.repo === undefined ? "" : ` in "${options.repo}"`}`
    : `No file${ofRepo(options)} is left after --exclude`;
  return new ModelManagerError("NOT_FOUND", message, {
    hints: [`See all files: mm show ${shownRepo(options)}`],
  });
}
