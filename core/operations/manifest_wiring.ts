/**
 * Manifest, lock and sync wired to the program. All of it is loaded when it is first used.
 *
 * @module
 */
import type { DownloadEvent } from "../download/events.ts";
import type { OperationContext } from "./context.ts";
import type { ManifestAccess } from "./manifest_access.ts";
import type { Manifests } from "./manifests.ts";
import type { LockReport } from "./lock.ts";
import type { CallOptions, ModelManager } from "./model_manager.ts";
import type { SyncManifest } from "./schedule_work.ts";
import type { SyncOptions, SyncReport, SyncRequest } from "./sync_request.ts";

/** What manifests need of the program. */
export interface ManifestHost {
  readonly context: OperationContext;
  readonly directories: { readonly config: string; readonly state: string };
  readonly store: { open(): Promise<Deno.Kv> };
}

/** The members of the program that are about the manifest. */
export function wireManifest(host: ManifestHost): Pick<ModelManager, "manifest" | "sync" | "lock"> {
  let opened: Promise<ManifestAccess> | undefined;
  const access = (): Promise<ManifestAccess> => opened ??= openAccess(host);
  const load = () => import("./manifest.ts");
  const manifest: Manifests = {
    list: async (query) => await (await load()).listManifest(await access(), query),
    add: async (names, fields = {}, choice = {}) =>
      await (await load()).addToManifest(await access(), names, { fields, choice }),
    remove: async (names, choice = {}) =>
      await (await load()).removeFromManifest(await access(), names, choice),
    update: async (names, changes, choice = {}) =>
      await (await load()).updateManifest(await access(), names, { changes, choice }),
    planPrune: async (choice = {}) => await (await load()).planManifestPrune(await access(), choice),
    schema: async () => (await import("../library/manifest_schema.ts")).manifestSchema(),
  };
  return {
    manifest,
    async *sync(
      request?: SyncRequest,
      options?: SyncOptions,
    ): AsyncGenerator<DownloadEvent, SyncReport, undefined> {
      const { sync } = await import("./sync.ts");
      return yield* sync(await access(), request, options);
    },
    async lock(request, options?: CallOptions): Promise<LockReport> {
      const { lock } = await import("./lock.ts");
      return await lock(await access(), request, options);
    },
  };
}

async function openAccess({ context, directories, store }: ManifestHost): Promise<ManifestAccess> {
  const { ManifestFiles } = await import("./manifest_file.ts");
  const files = new ManifestFiles({
    configDir: directories.config,
    stateDir: directories.state,
    clock: context.clock,
    onNotice: (message) => context.notices.emit(message),
  });
  return { context, files, openStore: () => store.open() };
}

/** What schedules do that name no references: nobody looks on, so the last good manifest counts. */
export function scheduledSync({ sync }: Pick<ModelManager, "sync">): SyncManifest {
  return async ({ manifest, limitBytesPerSecond, maxConcurrent, admit }, { signal, onEvent }) => {
    const generator = sync({
      keepGood: true,
      ...(manifest === undefined ? {} : { manifest }),
      ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
      maxConcurrent,
    }, { signal, admit });
    let next = await generator.next();
    for (; next.done !== true; next = await generator.next()) onEvent(next.value);
    const { results, outdatedManifest } = next.value;
    const warning = outdatedManifest === undefined
      ? undefined
      : `${outdatedManifest}: what it said before was fetched`;
    return { results, warning };
  };
}
