/**
 * What completion wants to know, read as quickly as it can be had, and without disturbing anything: no lock is taken,
 * nothing is written, and whatever is damaged, locked or not there is an empty answer.
 *
 * @module
 */
import { join, resolve } from "node:path";
import type { Settings } from "../../config/settings.ts";
import type { Directories } from "../../platform/dirs.ts";
import type { KnownSetting } from "./known_settings.ts";
import type { LocalModel } from "./local_models.ts";
import type { StoredJob, StoredSchedule, StoredTransfer, StoredWork } from "./stored_work.ts";
import type { HubReplies, KnownQuant } from "./hub_replies.ts";
import type { WantedModel } from "./wanted_models.ts";

/** Options of the line that is being typed. */
export interface LineSettings {
  readonly config?: string | undefined;
  readonly modelsDir?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly manifest?: string | undefined;
  /** Nothing is asked of the network. */
  readonly offline: boolean;
}

/** What the facts are read from. */
export interface FactSources {
  readonly line: LineSettings;
  readonly environment: Readonly<Record<string, string>>;
  readonly directories: Directories;
  /** Absolute. */
  readonly workingDirectory: string;
  /** @default the runtime's own */
  readonly fetch?: typeof fetch;
}

/** What there is that could be meant. */
export interface CompletionFacts {
  /** What is in the library, by name. */
  models(): Promise<readonly LocalModel[]>;
  /** Jobs of the queue. */
  jobs(): Promise<readonly StoredJob[]>;
  /** By name. */
  schedules(): Promise<readonly StoredSchedule[]>;
  /** The newest first. */
  transfers(): Promise<readonly StoredTransfer[]>;
  /** What the manifest wants, in its order. */
  wanted(): Promise<readonly WantedModel[]>;
  /** All settings. */
  settings(): Promise<readonly KnownSetting[]>;
  /** Repositories of the Hub's replies that are kept. */
  seenRepos(): Promise<readonly string[]>;
  /** Quants of a repository, as far as they are known here; smallest first. */
  knownQuants(repo: string, revision?: string): Promise<readonly KnownQuant[]>;
  /** The same; where nothing is known, the Hub is asked for a short while. */
  quants(repo: string, revision?: string): Promise<readonly KnownQuant[]>;
  /** Branches, tags and commits of a repository that are known here. */
  revisions(repo: string): Promise<readonly string[]>;
}

/** What `work` gives, or `otherwise` when it fails. */
async function orElse<T>(work: () => T | Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch {
    return otherwise;
  }
}

/** Reads the facts when they are asked for; each file once. */
class MachineFacts implements CompletionFacts {
  readonly #sources: FactSources;
  #settings: Promise<Settings | undefined> | undefined;
  #models: Promise<readonly LocalModel[]> | undefined;
  #stored: Promise<StoredWork> | undefined;
  #replies: Promise<HubReplies> | undefined;

  constructor(sources: FactSources) {
    this.#sources = sources;
  }

  models(): Promise<readonly LocalModel[]> {
    return this.#models ??= orElse(async () => {
      const { readLocalModels } = await import("./local_models.ts");
      return await readLocalModels(await this.#modelsDir());
    }, []);
  }

  async jobs(): Promise<readonly StoredJob[]> {
    return await orElse(async () => (await this.#work()).jobs(), []);
  }

  async schedules(): Promise<readonly StoredSchedule[]> {
    return await orElse(async () => (await this.#work()).schedules(), []);
  }

  async transfers(): Promise<readonly StoredTransfer[]> {
    return await orElse(async () => (await this.#work()).transfers(), []);
  }

  async wanted(): Promise<readonly WantedModel[]> {
    const { line, directories, workingDirectory } = this.#sources;
    return await orElse(async () => {
      const { readWantedModels } = await import("./wanted_models.ts");
      const { manifest } = line;
      return await readWantedModels(
        manifest === undefined
          ? [workingDirectory, directories.config]
          : { file: resolve(workingDirectory, expandHome(manifest, directories.home)) },
      );
    }, []);
  }

  async settings(): Promise<readonly KnownSetting[]> {
    const settings = await this.#loadSettings();
    return await orElse(async () => {
      const { knownSettings } = await import("./known_settings.ts");
      return knownSettings(settings);
    }, []);
  }

  async seenRepos(): Promise<readonly string[]> {
    return await orElse(async () => (await this.#hub()).repos(), []);
  }

  async knownQuants(repo: string, revision?: string): Promise<readonly KnownQuant[]> {
    const kept = await orElse(async () => (await this.#hub()).quants(repo, revision), []);
    return kept.length > 0 ? kept : await this.#localQuants(repo);
  }

  async quants(repo: string, revision?: string): Promise<readonly KnownQuant[]> {
    const kept = await orElse(async () => (await this.#hub()).quants(repo, revision), []);
    if (kept.length > 0) return kept;
    const asked = await orElse(async () => (await this.#hub()).askQuants(repo, revision), []);
    return asked.length > 0 ? asked : await this.#localQuants(repo);
  }

  async revisions(repo: string): Promise<readonly string[]> {
    const kept = await orElse(async () => (await this.#hub()).revisions(repo), []);
    const local = (await this.models()).filter((model) => model.repo === repo)
      .flatMap(({ revision, commit }) => [revision, commit]);
    const all = [...kept, ...local].filter((each) => each !== undefined);
    return [...new Set(all.length === 0 ? ["main"] : all)];
  }

  async #localQuants(repo: string): Promise<readonly KnownQuant[]> {
    return (await this.models())
      .filter((model) => model.repo === repo && model.id.startsWith(`${repo}:`))
      .map(({ id, sizeBytes }) => ({ label: id.slice(repo.length + 1), sizeBytes }));
  }

  async #modelsDir(): Promise<string> {
    return (await this.#loadSettings())?.models_dir ?? this.#sources.directories.modelsDefault;
  }

  /** `undefined` when they are wrong: that is for other commands to say. */
  #loadSettings(): Promise<Settings | undefined> {
    return this.#settings ??= orElse(async () => {
      const { loadSettings } = await import("../../config/load_settings.ts");
      const { optionSettings } = await import("../../config/option_settings.ts");
      const { line, environment, directories, workingDirectory } = this.#sources;
      const { settings } = await loadSettings({
        configDirectory: directories.config,
        home: directories.home,
        workingDirectory,
        environment,
        options: optionSettings(line),
        ...(line.config === undefined ? {} : { configFile: line.config }),
      });
      return settings;
    }, undefined);
  }

  #work(): Promise<StoredWork> {
    return this.#stored ??= (async () => {
      const { readStoredWork } = await import("./stored_work.ts");
      return await readStoredWork(this.#statePath());
    })();
  }

  #hub(): Promise<HubReplies> {
    return this.#replies ??= (async () => {
      const { HubReplies } = await import("./hub_replies.ts");
      const { isOfflineEnvironment } = await import("../../config/env_vars.ts");
      const { line, environment, directories, fetch } = this.#sources;
      return new HubReplies({
        statePath: this.#statePath(),
        endpoint: (await this.#loadSettings())?.endpoint,
        offline: line.offline || isOfflineEnvironment(environment),
        tokenPlaces: { environment, home: directories.home },
        ...(fetch === undefined ? {} : { fetch }),
      });
    })();
  }

  /** A state that others share is across the network, which would take longer than somebody waits. */
  #statePath(): string {
    const { environment, directories } = this.#sources;
    if ((environment["MM_KV_URL"] ?? "") !== "") throw new Error("The state is on another machine");
    return join(directories.state, "state.kv");
  }
}

/** `~/` as a shell would have read it, had it stood alone. */
function expandHome(path: string, home: string): string {
  return path.replace(/^~(?=$|[\\/])/, () => home);
}

/** The facts of this machine; nothing is read before it is asked for. */
export function openCompletionFacts(sources: FactSources): CompletionFacts {
  return new MachineFacts(sources);
}
