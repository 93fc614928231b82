/**
 * Where other programs keep their models.
 *
 * @module
 */
import { isAbsolute, join, resolve } from "node:path";
import { fileFacts } from "../../platform/directory.ts";
import { readTextFileIfExists } from "../../platform/atomic_file.ts";
import { mayRead } from "../../platform/own_permissions.ts";

/** What their places are worked out from. */
export interface AppSettings {
  /** The user's home directory. */
  readonly home: string;
  /** `OLLAMA_MODELS`. */
  readonly ollamaModels: string | undefined;
  /** `OLLAMA_HOST`. */
  readonly ollamaHost: string | undefined;
}

/** A program's folder of models. */
export interface AppPlace {
  /** Absolute. */
  readonly directory: string;
  /** Whether the program has been here: the folder exists, or the program's own one above it. */
  readonly known: boolean;
}

/** Where Ollama's Linux service keeps its models. */
const OLLAMA_SERVICE = "/usr/share/ollama/.ollama/models";

/** What variables say of other programs; an empty one counts as not set. */
export function appSettings(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): AppSettings {
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return { home, ollamaModels: value("OLLAMA_MODELS"), ollamaHost: value("OLLAMA_HOST") };
}

/**
 * LM Studio's folder of models: the one that its settings name, else `models` in its home, which is where its pointer
 * says, `~/.lmstudio`, or `~/.cache/lm-studio` of older versions.
 */
export async function lmStudioPlace({ home }: AppSettings): Promise<AppPlace> {
  const pointed = (await readText(join(home, ".lmstudio-home-pointer")))?.trim() ?? "";
  const places = [
    ...(isAbsolute(pointed) ? [pointed] : []),
    join(home, ".lmstudio"),
    join(home, ".cache", "lm-studio"),
  ];
  for (const place of places) {
    if (!await isFolder(place)) continue;
    const chosen = downloadsFolder(await readText(join(place, "settings.json")));
    const directory = chosen ?? join(place, "models");
    // An older version's home may be left over without any model.
    if (chosen !== undefined || await isFolder(directory)) return { directory, known: true };
  }
  for (const place of places) {
    if (await isFolder(place)) return { directory: join(place, "models"), known: true };
  }
  return { directory: join(home, ".lmstudio", "models"), known: false };
}

function downloadsFolder(settings: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(settings ?? "");
    if (typeof value !== "object" || value === null || !("downloadsFolder" in value)) return undefined;
    const { downloadsFolder: folder } = value;
    return typeof folder === "string" && isAbsolute(folder) ? resolve(folder) : undefined;
  } catch {
    return undefined;
  }
}

/** Ollama's folder of models: `OLLAMA_MODELS`, else `~/.ollama/models`, else the one of its Linux service. */
export async function ollamaPlace({ home, ollamaModels }: AppSettings): Promise<AppPlace> {
  if (ollamaModels !== undefined) return { directory: resolve(ollamaModels), known: true };
  const own = join(home, ".ollama", "models");
  if (await isFolder(own)) return { directory: own, known: true };
  if (await isFolder(OLLAMA_SERVICE)) return { directory: OLLAMA_SERVICE, known: true };
  return { directory: own, known: await isFolder(join(home, ".ollama")) };
}

/** The base address of Ollama's own API, as its own client reads `OLLAMA_HOST`. */
export function ollamaAddress({ ollamaHost = "" }: AppSettings): string {
  const [, scheme = "http", rest = ""] = /^(?:(https?):\/\/)?([^/]*)/i.exec(ollamaHost) ?? [];
  const defaultPort = ollamaHost.includes("://") ? scheme.toLowerCase() === "https" ? "443" : "80" : "11434";
  const [, host = "", port = defaultPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(rest) ?? [];
  // A server that listens on all addresses is asked on the machine's own.
  const asked = host === "" || host === "0.0.0.0" ? "127.0.0.1" : host === "[::]" ? "[::1]" : host;
  return `${scheme.toLowerCase()}://${asked}:${port}`;
}

async function isFolder(path: string): Promise<boolean> {
  return mayRead(path) && (await fileFacts(path).catch(() => undefined))?.isDirectory === true;
}

/** What cannot be read counts as not there. */
async function readText(path: string): Promise<string | undefined> {
  return mayRead(path) ? await readTextFileIfExists(path).catch(() => undefined) : undefined;
}
