/**
 * Model files in any folder.
 *
 * @module
 */
import { basename, dirname, join, resolve, sep } from "node:path";
import { isRepoName } from "../../base/reference.ts";
import { repoPathProblem } from "../../base/repo_path.ts";
import { isModelManagerError, toErrorData } from "../../base/errors.ts";
import { fileFacts, readNames, realPathOf } from "../../platform/directory.ts";
import { companionKind, fileStem } from "../quant_label.ts";
import { pathStem } from "../units.ts";
import {
  type AppFile,
  type AppModel,
  type AppName,
  type AppScan,
  type AppSkip,
  localRepo,
} from "./app_model.ts";

/** Names of files that hold weights, wherever they lie. */
const WEIGHTS = /(?:\.(?:gguf|safetensors|onnx|pt|pth|ckpt)|(?:^|\/)(?:pytorch_model|ggml-)[^/]*\.bin)$/i;
/** What a model needs besides its weights, in their folder. */
const BESIDE =
  /(?:\.(?:json|jinja|model|tiktoken|onnx_data)|(?:^|\/)(?:merges|vocab|README|LICENSE)(?:\.(?:txt|md))?)$/i;
/** Unfinished downloads of whichever program. */
const UNFINISHED = /\.(?:part|partial|download|downloading|crdownload|incomplete|tmp|downloadInProgress)$/i;
const MAX_DEPTH = 8;

/** Whether a name is that of weights. */
export function isWeightsPath(path: string): boolean {
  return WEIGHTS.test(path);
}

/** How a folder is looked through. */
export interface ScanFolderOptions {
  /** Whose folder it is. @default {"folder"} */
  readonly app?: AppName;
  /** Absolute paths of folders that are left out, such as our own library. */
  readonly except?: readonly string[];
  /** The first two folders of a path are `org/name`, always. @default only where such a folder has no more below */
  readonly twoLevels?: boolean;
  /** Folders below are looked through as well. @default {true} */
  readonly deep?: boolean;
}

/**
 * Models below a folder: what lies in `org/name` of it is of that repository, and everything else is one model a
 * folder, or one model a file where GGUF files lie together.
 *
 * @param folder Absolute.
 * @throws {ModelManagerError} When the folder itself cannot be read.
 */
export async function scanFolder(folder: string, options: ScanFolderOptions = {}): Promise<AppScan> {
  const except = await Promise.all((options.except ?? []).map((path) => realPathOf(path).catch(() => path)));
  const collection = new Collection({ deep: options.deep ?? true, except });
  await collection.collect(folder);
  const { files, skipped } = collection;
  const byFolder = Map.groupBy(files, (file) => dirname(file.name) === "." ? "" : dirname(file.name));
  const models: AppModel[] = [];
  const { app = "folder", twoLevels = false } = options;
  const ofRepo = Map.groupBy(
    [...byFolder.keys()].filter((path) => path !== ""),
    (path) => path.split("/").slice(0, 2).join("/"),
  );
  for (const [repo, paths] of ofRepo) {
    if (!repo.includes("/") || !isRepoName(repo)) continue;
    // A folder of folders may be anything; weights right in the second one, or LM Studio's own rule, tell.
    const isRepo = twoLevels || byFolder.get(repo)?.some((file) => isWeightsPath(file.name));
    if (isRepo !== true) continue;
    const own = paths.flatMap((path) => byFolder.get(path) ?? []);
    for (const path of paths) byFolder.delete(path);
    const named = own.map((file) => ({ ...file, name: file.name.slice(repo.length + 1) }));
    models.push(
      ...withWeights({ app, name: repo, repo, localRepo: localRepo(basename(repo)), files: named }),
    );
  }
  for (const [path, own] of byFolder) {
    models.push(...looseModels(path === "" ? folder : join(folder, path), own, app));
  }
  return { models: models.sort((a, b) => (a.name < b.name ? -1 : 1)), skipped };
}

/** One file that somebody has named; with the other shards of it. */
export async function scanFile(path: string): Promise<AppScan> {
  const { models, skipped } = await scanFolder(dirname(path), { deep: false });
  const isIt = (file: AppFile): boolean => file.path === path;
  const model = models.find(({ files }) => files.some(isIt));
  const own = model?.files.find(isIt);
  if (model === undefined || own === undefined) {
    return { models: [], skipped: skipped.filter((skip) => skip.path === path) };
  }
  const stem = pathStem(own.name);
  const shards = model.files.filter((file) =>
    file === own || (isSharded(own.name) && pathStem(file.name) === stem)
  );
  return { models: [{ ...model, name: path, files: shards }], skipped: [] };
}

function isSharded(name: string): boolean {
  return /-\d{5}-of-\d{5}\.[a-z]+$/i.test(name);
}

/** A folder to be looked through. */
interface Place {
  /** Absolute. */
  readonly folder: string;
  /** The same with links followed. */
  readonly real: string;
  /** Below the folder of the scan, with `/`. */
  readonly relative: string;
  readonly depth: number;
}

/** One look below a folder: each folder once, under its own name rather than that of a link to it. */
class Collection {
  readonly files: AppFile[] = [];
  readonly skipped: AppSkip[] = [];
  readonly #deep: boolean;
  readonly #except: readonly string[];
  readonly #visited = new Set<string>();
  readonly #links: Place[] = [];

  constructor(options: { readonly deep: boolean; readonly except: readonly string[] }) {
    this.#deep = options.deep;
    this.#except = options.except;
  }

  /** @throws {ModelManagerError} When the folder itself cannot be read. */
  async collect(folder: string): Promise<void> {
    const root = await realPathOf(folder);
    await this.#collect({ folder, real: root, relative: "", depth: 0 });
    for (let place = this.#links.shift(); place !== undefined; place = this.#links.shift()) {
      // What is above was not meant, and would lead here again.
      if (isBelow(root, place.real)) continue;
      await this.#try(place.folder, () => this.#collect(place));
    }
  }

  async #collect(place: Place): Promise<void> {
    const { folder, real } = place;
    if (this.#visited.has(real) || this.#except.some((path) => isBelow(real, path))) return;
    this.#visited.add(real);
    for (const { name, kind } of await readNames(folder)) {
      if (name.startsWith(".")) continue;
      await this.#try(join(folder, name), () => this.#look(place, name, { isLink: kind === "other" }));
    }
  }

  async #look(place: Place, entryName: string, { isLink }: { readonly isLink: boolean }): Promise<void> {
    const { folder, relative, depth } = place;
    const path = join(folder, entryName);
    const name = relative === "" ? entryName : `${relative}/${entryName}`;
    const facts = await fileFacts(path);
    if (facts?.isDirectory === true) {
      if (!this.#deep || depth === MAX_DEPTH) return;
      const below = { folder: path, real: await realPathOf(path), relative: name, depth: depth + 1 };
      if (isLink) this.#links.push(below);
      else await this.#collect(below);
    } else if (isWeightsPath(entryName) || BESIDE.test(entryName) || UNFINISHED.test(entryName)) {
      const found = await lookAt(path, name);
      if ("reason" in found) this.skipped.push(found);
      else this.files.push(found);
    }
  }

  /** What cannot be looked at is said, and the rest is looked at all the same. */
  async #try(path: string, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      this.skipped.push({ path, reason: toErrorData(error).message, sizeBytes: 0 });
    }
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

async function lookAt(path: string, name: string): Promise<AppFile | AppSkip> {
  const facts = await fileFacts(path);
  const sizeBytes = facts?.sizeBytes ?? 0;
  const skip = (reason: string): AppSkip => ({ path, reason, sizeBytes });
  if (facts === undefined) return skip("It is a link that leads nowhere");
  if (!facts.isFile) return skip("It is no file");
  if (UNFINISHED.test(name)) return skip("It is an unfinished download");
  if (sizeBytes === 0 && isWeightsPath(name)) return skip("It is empty");
  const problem = repoPathProblem(name);
  if (problem !== undefined) return skip(`Its name cannot be used: ${problem}`);
  return {
    path,
    realPath: await realPathOf(path),
    name,
    sizeBytes,
    modifiedAtMs: facts.modifiedAtMs,
    digest: undefined,
  };
}

/** Texts without weights are nobody's model; beside GGUF files, only the Hub tells whose texts they are. */
function withWeights(model: AppModel): AppModel[] {
  return model.files.some((file) => isWeightsPath(file.name)) ? [model] : [];
}

/** GGUF files that lie together may be different models; other weights come with their texts as one. */
function looseModels(folder: string, files: readonly AppFile[], app: AppName): AppModel[] {
  const flat = files.map((file) => ({ ...file, name: basename(file.name) }));
  const gguf = flat.filter((file) => /\.gguf$/i.test(file.name));
  const rest = flat.filter((file) => !gguf.includes(file));
  const weights = gguf.filter((file) => companionKind(file.name) === undefined);
  const companions = gguf.filter((file) => !weights.includes(file));
  const units = [...Map.groupBy(weights, (file) => pathStem(file.name))];
  const models = units.map(([stem, own]): AppModel => ({
    app,
    name: own.length === 1 ? own[0]?.path ?? folder : join(folder, `${stem}-*.gguf`),
    repo: undefined,
    localRepo: localRepo(stem.replace(/[-_.]*$/, "")),
    // With one model in the folder, it is clear whose they are.
    files: units.length === 1 ? [...own, ...companions] : own,
  }));
  const others = rest.some((file) => isWeightsPath(file.name)) ? rest : [];
  const left = [...others, ...(units.length === 1 ? [] : companions)];
  const name = left.length === 1 ? fileStem(left[0]?.name ?? "") : basename(resolve(folder));
  return [
    ...models,
    ...withWeights({ app, name: folder, repo: undefined, localRepo: localRepo(name), files: left }),
  ];
}
