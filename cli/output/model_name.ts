/**
 * Models of the library by names that tell them apart, and the command that fetches one anew.
 *
 * @module
 */
import { join } from "node:path";
import { formatReference } from "../../core/base/reference.ts";
import type { LibraryModel, VerifiedFile } from "../../core/operations/model_manager.ts";
import { quoteArgument } from "../command_line.ts";

function short({ repo, quant }: Pick<LibraryModel, "repo" | "quant">): string {
  return quant === undefined ? repo : `${repo}:${quant}`;
}

/**
 * The names of models, as commands take them: `repo:quant`; `repo:path` for one file without a label, and for models
 * whose label another one has as well; else the repository.
 */
export function modelNames(models: readonly LibraryModel[]): ReadonlyMap<LibraryModel, string> {
  const counts = new Map<string, number>();
  for (const model of models) counts.set(short(model), (counts.get(short(model)) ?? 0) + 1);
  return new Map(models.map((model) => {
    const { repo, quant, files } = model;
    const [first] = files;
    const shared = quant !== undefined && (counts.get(short(model)) ?? 0) > 1;
    const byPath = first !== undefined && (shared || (quant === undefined && files.length === 1));
    return [model, byPath ? `${repo}:${first.path}` : short(model)];
  }));
}

/** The name of a model by its repository, label and absolute paths, where nothing else is known of it. */
export function removedName(
  { repo, quant, paths }: {
    readonly repo: string;
    readonly quant: string | undefined;
    readonly paths: readonly string[];
  },
): string {
  const [path] = paths;
  if (quant !== undefined || path === undefined || paths.length > 1) return short({ repo, quant });
  const slashed = path.replaceAll("\\", "/");
  const at = slashed.lastIndexOf(`/${repo}/`);
  return at < 0 ? repo : `${repo}:${slashed.slice(at + repo.length + 2)}`;
}

/** A reference in double quotes, which every shell understands; other quotes where it holds what they would expand. */
export function quoteReference(reference: string): string {
  return /^[\w@%+=:,./ -]+$/.test(reference) ? `"${reference}"` : quoteArgument(reference);
}

/** Files that come with a quant and are not fetched with it unless they are asked for. */
function isExtra(path: string): boolean {
  return !/\.gguf$/i.test(path) || /mmproj|imatrix/i.test(path);
}

interface Damage {
  readonly model: LibraryModel;
  /** In the repository. */
  readonly paths: string[];
}

/** Which model each damaged file is of: one that is damaged anyway, where several share a file. */
function findDamage(bad: readonly VerifiedFile[], models: readonly LibraryModel[]): {
  readonly damaged: readonly Damage[];
  readonly unknown: readonly VerifiedFile[];
} {
  const damaged = new Map<LibraryModel, Damage>();
  const unknown: VerifiedFile[] = [];
  const owners = bad.map((file) => {
    const found = models.flatMap((model) => {
      const path = model.repo !== file.repo
        ? undefined
        : model.files.find((each) => join(model.path, ...each.path.split("/")) === file.path)?.path;
      return path === undefined ? [] : [{ model, path }];
    });
    return { file, found };
  }).sort((a, b) => a.found.length - b.found.length);
  for (const { file, found } of owners) {
    const owner = found.find(({ model }) => damaged.has(model)) ?? found[0];
    if (owner === undefined) {
      unknown.push(file);
      continue;
    }
    const known = damaged.get(owner.model);
    if (known === undefined) damaged.set(owner.model, { model: owner.model, paths: [owner.path] });
    else known.paths.push(owner.path);
  }
  return { damaged: [...damaged.values()], unknown };
}

/** What was pulled from elsewhere than the default branch has to come from there again. */
function withRevision(name: string, { repo, revision }: LibraryModel): string {
  const selector = name === repo ? undefined : name.slice(repo.length + 1);
  const known = revision === "main" || revision === "" || revision === "unknown" ? undefined : revision;
  return formatReference({ repo, revision: known, selector });
}

function refetch({ model, paths }: Damage, name: string): string {
  const { quant, files } = model;
  const include = (wanted: readonly string[]): string =>
    wanted.map((path) => ` -i ${quoteArgument(path)}`).join("");
  const command = `mm pull --force ${quoteReference(withRevision(name, model))}`;
  if (quant !== undefined) return command + include(paths.filter(isExtra));
  // Files that were picked by pattern: the repository's name alone would fetch something else.
  const picked = files.length > 1 && !files.some(({ path }) => /\.(?:safetensors|bin)$/i.test(path));
  return picked && name === model.repo ? command + include(paths) : command;
}

/** The commands that fetch exactly the damaged models anew, in the order of their names. */
export function refetchCommands(
  bad: readonly VerifiedFile[],
  models: readonly LibraryModel[],
): readonly string[] {
  const names = modelNames(models);
  const { damaged, unknown } = findDamage(bad, models);
  const commands = damaged.map((damage) => refetch(damage, names.get(damage.model) ?? short(damage.model)));
  const others = unknown.map(({ repo }) => `mm pull --force ${quoteReference(repo)}`);
  return [...new Set([...commands.sort(), ...others])];
}
