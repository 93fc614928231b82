/**
 * Which models of other programs a request means.
 *
 * @module
 */
import { join, resolve, sep } from "node:path";
import { ModelManagerError } from "../../base/errors.ts";
import type { AppScan } from "../../library/apps/app_model.ts";
import { lmStudioPlace, ollamaPlace } from "../../library/apps/app_places.ts";
import { scanFile, scanFolder } from "../../library/apps/scan_folder.ts";
import { scanHfModels } from "../../library/apps/scan_hf_cache.ts";
import { isOllamaFolder, scanOllama } from "../../library/apps/scan_ollama.ts";
import { parseHfFolderName } from "../../library/hf_cache/cache_place.ts";
import { fileFacts, readNames, realPathOf } from "../../platform/directory.ts";
import type { OperationContext } from "../context.ts";
import type { ImportRequest } from "./import_request.ts";

/** What was found, and where. */
export interface Gathered extends AppScan {
  /** Absolute. */
  readonly sources: readonly string[];
}

type GatherContext = Pick<OperationContext, "apps" | "hfCache" | "library">;

/**
 * Looks through what a request names.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` for what cannot be imported, `NOT_FOUND` for what is not there.
 */
export async function gather(context: GatherContext, request: ImportRequest): Promise<Gathered> {
  const { from, paths = [] } = request;
  if ((from === undefined) === (paths.length === 0)) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      "Nothing says what to import: wanted either paths or a program",
      {
        hints: ["Name a folder: mm import PATH", "Or a program: mm import --from ollama"],
      },
    );
  }
  const scans: (AppScan & { readonly source: string })[] = [];
  if (from !== undefined) scans.push(await scanApp(context, from));
  for (const path of paths) scans.push({ ...await scanPath(context, resolve(path)), source: resolve(path) });
  return {
    models: scans.flatMap(({ models }) => models),
    skipped: scans.flatMap(({ skipped }) => skipped),
    sources: scans.map(({ source }) => source),
  };
}

async function scanApp(
  context: GatherContext,
  from: NonNullable<ImportRequest["from"]>,
): Promise<AppScan & { readonly source: string }> {
  const { apps, hfCache, library } = context;
  const place = from === "hf-cache"
    ? hfCache
    : from === "ollama"
    ? await ollamaPlace(apps)
    : await lmStudioPlace(apps);
  const source = place.directory;
  if ((await fileFacts(source))?.isDirectory !== true) throw nothingThere(from, source);
  if (from === "hf-cache") return { ...await scanHfModels(source), source };
  if (from === "ollama") return { ...await scanOllama(source), source };
  const except = [library.modelsDir];
  return { ...await scanFolder(source, { app: "lmstudio", except, twoLevels: true }), source };
}

const APPS: Readonly<Record<NonNullable<ImportRequest["from"]>, string>> = {
  "hf-cache": "the HF cache",
  ollama: "Ollama",
  lmstudio: "LM Studio",
};

const VARIABLES: Readonly<Record<NonNullable<ImportRequest["from"]>, string>> = {
  "hf-cache": "Name its folder: mm import PATH, or set HF_HUB_CACHE",
  ollama: "Name its folder: mm import PATH, or set OLLAMA_MODELS",
  lmstudio: "Name its folder: mm import PATH",
};

function nothingThere(from: NonNullable<ImportRequest["from"]>, directory: string): ModelManagerError {
  return new ModelManagerError(
    "NOT_FOUND",
    `There are no models of ${APPS[from]}: "${directory}" does not exist`,
    {
      hints: [VARIABLES[from]],
    },
  );
}

async function scanPath(context: GatherContext, path: string): Promise<AppScan> {
  const facts = await fileFacts(path);
  if (facts === undefined) {
    throw new ModelManagerError("NOT_FOUND", `There is nothing to import: "${path}" does not exist`, {
      hints: ["Name a folder or a file that is there: mm import PATH"],
    });
  }
  const modelsDir = await realPathOf(context.library.modelsDir).catch(() => context.library.modelsDir);
  const real = await realPathOf(path);
  if (real === modelsDir || real.startsWith(modelsDir + sep)) {
    throw new ModelManagerError("USAGE_ERROR", `"${path}" is in the library already`, {
      hints: ["Register what was put there by hand: mm list --scan"],
    });
  }
  if (!facts.isDirectory) return await oneFile(path);
  if (await isOllamaFolder(path)) return await scanOllama(path);
  if (await isHfCache(path)) return await scanHfModels(path);
  return await scanFolder(path, { except: [context.library.modelsDir] });
}

async function oneFile(path: string): Promise<AppScan> {
  const scan = await scanFile(path);
  if (scan.models.length > 0 || scan.skipped.length > 0) return scan;
  throw new ModelManagerError("USAGE_ERROR", `"${path}" is no model file`, {
    hints: ["Name a GGUF or safetensors file, or a folder with some: mm import PATH"],
  });
}

async function isHfCache(path: string): Promise<boolean> {
  for (const { name, kind } of await readNames(path)) {
    if (kind !== "directory" || parseHfFolderName(name) === undefined) continue;
    if ((await fileFacts(join(path, name, "snapshots")))?.isDirectory === true) return true;
  }
  return false;
}
