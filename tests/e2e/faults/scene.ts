/**
 * One fault, alone, against a real pull: the whole program but its command line, real worker threads, a Hub and its
 * file host on loopback. Time goes faster than it does, so that waits are short.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createApp } from "../../../core/app.ts";
import { type Clock, systemClock } from "../../../core/base/clock.ts";
import type { ErrorData } from "../../../core/base/errors.ts";
import { settingsWithoutFiles } from "../../../core/config/load_settings.ts";
import type { DownloadEvent } from "../../../core/download/events.ts";
import type { SpawnWorker } from "../../../core/download/worker_protocol.ts";
import type { ModelManager, PullResult } from "../../../core/operations/model_manager.ts";
import type { HttpHandler } from "../../../core/platform/listen.ts";
import { type FakeHub, startFakeHub } from "../../support/fake_hub.ts";
import { withFaults } from "../../support/faults.ts";
import { expectedBytes, randomModel } from "../../support/random_model.ts";
import { type RawFront, startRawFront } from "../../support/raw_front.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { ThreadReserve } from "./thread_reserve.ts";
import { type FaultCase, FILES, isAsked, REPO, TARGETS } from "./fault_case.ts";

/** Threads outlive their case when they have nothing left to do: to start them takes longer than most cases. */
const THREADS = new ThreadReserve();

/** A case that takes longer than this hangs. */
const LIMIT_MS = 60_000;

const SOURCE = randomModel({
  repo: REPO,
  files: FILES,
  facts: { tags: [], libraryName: "transformers", pipelineTag: "text-generation" },
});

/** Bytes flow in real time, and waits are shorter by the factor. */
function hastyClock(haste: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * haste,
    random: () => 0.5,
    sleep: (ms, options) => systemClock.sleep(ms / haste, options),
  };
}

/** What came of one pull. */
export interface PullOutcome {
  readonly result: PullResult;
  readonly events: readonly DownloadEvent[];
  readonly notices: readonly string[];
}

/** What came of a case. */
export interface CaseOutcome {
  readonly first: PullOutcome;
  /** The same once more, without the fault: only after a failure. */
  readonly second: PullOutcome | undefined;
  /** Names of the files with the right bytes, after the first pull. */
  readonly right: ReadonlySet<string>;
  /** Names of files that are there with other bytes, after either. */
  readonly wrong: readonly string[];
  /** Bytes that the first pull took beyond what was missing. */
  readonly fetchedAgain: number;
  /** How often the Hub was asked for the target's place in the first pull. */
  readonly resolves: number;
  /** Requests that carried a token to another place than the Hub. */
  readonly leaks: number;
  /** Requests that reached the mirror. */
  readonly mirrorRequests: number;
}

/** The parts of a running case. */
class Scene {
  readonly #fault: FaultCase;
  readonly #path: string;
  readonly #clock: Clock;
  #active = true;
  hub!: FakeHub;
  mirror: FakeHub | undefined;
  front: RawFront | undefined;
  dir!: TempDir;
  readonly notices: string[] = [];

  constructor(fault: FaultCase, options: { readonly path: string; readonly haste: number }) {
    this.#fault = fault;
    this.#path = options.path;
    this.#clock = hastyClock(options.haste);
  }

  /** From now on, nothing goes wrong any more. */
  lift(): void {
    this.#active = false;
  }

  /** The handler, with faults as long as they last. */
  #wrap(handler: HttpHandler, host: "hub" | "fileHost"): HttpHandler {
    const faults = (this.#fault[host] ?? []).map((fault) => ({
      ...fault,
      when: (request: Request) =>
        this.#active && (fault.when ?? isAsked)(request, { path: this.#path, hub: this.hub }),
    }));
    return withFaults(handler, faults, { clock: this.#clock });
  }

  /** The Hub sends its readers to the front instead of to the file host. */
  #throughFront(handler: HttpHandler): HttpHandler {
    return async (request) => {
      const response = await handler(request);
      const location = response.headers.get("location");
      const { fileHostUrl = "" } = this.hub;
      if (location === null || this.front === undefined || !this.#active) return response;
      if (!location.startsWith(fileHostUrl)) return response;
      const headers = new Headers(response.headers);
      headers.set("location", location.replace(fileHostUrl, this.front.url));
      return new Response(response.body, { status: response.status, headers });
    };
  }

  async open(stack: AsyncDisposableStack): Promise<void> {
    const { raw, mirror } = this.#fault;
    this.dir = stack.use(await makeTempDir());
    this.hub = stack.use(
      await startFakeHub({
        source: SOURCE,
        wrapHub: (handler) => this.#throughFront(this.#wrap(handler, "hub")),
        wrapFileHost: (handler) => this.#wrap(handler, "fileHost"),
        onError: () => {},
      }),
    );
    if (raw !== undefined) {
      const effectOf = raw();
      this.front = stack.use(startRawFront(this.hub.fileHostUrl ?? "", (head) => {
        const target = `http://x${head.split(" ")[1] ?? ""}`;
        const hit = this.#active && isAsked(new Request(target), { path: this.#path, hub: this.hub });
        return hit ? effectOf(head) : { type: "pass" };
      }));
    }
    if (mirror !== undefined) {
      this.mirror = stack.use(await startFakeHub({ source: SOURCE, hubFaults: mirror, onError: () => {} }));
    }
  }

  /** Workers of which the first ones that fetch die after a while, when the case says so. */
  #spawn(): SpawnWorker {
    let crashes = this.#fault.workerCrashes ?? 0;
    return (kind, access) => {
      const handle = THREADS.spawn(kind, access);
      if (kind !== "download" || !this.#active || crashes-- <= 0) return handle;
      const { postMessage } = handle;
      handle.postMessage = (message) => {
        postMessage(message);
        if (message.type !== "segment") return;
        setTimeout(() => {
          handle.terminate();
          handle.onCrash("Uncaught error: out of memory");
        }, 5);
      };
      return handle;
    };
  }

  app(): ModelManager {
    const { endpoint = (hub) => hub.endpoint, settings = {}, mirror, connections = 3 } = this.#fault;
    const { settings: defaults } = settingsWithoutFiles({
      environment: {},
      home: this.dir.path,
      workingDirectory: this.dir.path,
      options: [],
    });
    return createApp({
      spawnWorker: this.#spawn(),
      clock: this.#clock,
      token: "hf_tokenOfTheFaultTable",
      environment: {},
      settings: {
        ...defaults,
        endpoint: endpoint(this.hub),
        mirrors: mirror === undefined ? [] : [this.mirror?.endpoint ?? ""],
        models_dir: this.dir.join("models"),
        cleanup: { ...defaults.cleanup, reserve: 0 },
        // The patience of a person in a hurry, at the speed of this clock.
        download: { ...defaults.download, connections, max_retries: 3, ...settings },
      },
      directories: {
        home: this.dir.path,
        config: this.dir.join("config"),
        state: this.dir.join("state"),
        cache: this.dir.join("cache"),
        logs: this.dir.join("logs"),
        modelsDefault: this.dir.join("models"),
      },
      onNotice: (message) => this.notices.push(message),
    });
  }

  async pull(): Promise<PullOutcome> {
    await using app = this.app();
    const { connections = 3 } = this.#fault;
    const events: DownloadEvent[] = [];
    const before = this.notices.length;
    const run = app.pull({ references: [REPO], connections }, { signal: AbortSignal.timeout(LIMIT_MS) });
    for (let next = await run.next();; next = await run.next()) {
      if (!next.done) {
        events.push(next.value);
        continue;
      }
      const [result] = next.value;
      if (result === undefined) throw new Error("A pull without a result");
      return { result, events, notices: this.notices.slice(before) };
    }
  }

  /** Which files are in the library, and whether they are what they have to be. */
  async compare(): Promise<{ readonly right: Set<string>; readonly wrong: string[] }> {
    const right = new Set<string>();
    const wrong: string[] = [];
    const folder = this.dir.join("models", ...REPO.split("/"));
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => one !== ".cache")) {
      const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
      const isRight = hash(await readFile(this.dir.join("models", ...REPO.split("/"), name))) ===
        hash(await expectedBytes(SOURCE, { repo: REPO, path: name }));
      if (isRight) right.add(name);
      else wrong.push(name);
    }
    return { right, wrong };
  }

  /** What the servers saw. */
  facts(): Pick<CaseOutcome, "resolves" | "leaks" | "mirrorRequests"> {
    const elsewhere = [
      ...this.hub.requests.filter(({ host }) => host === "file-host"),
      ...this.mirror?.requests ?? [],
    ];
    return {
      resolves: this.hub.fileRequests(this.#path).filter(({ host }) => host === "hub").length,
      leaks: elsewhere.filter(({ authorized }) => authorized).length,
      mirrorRequests: this.mirror?.requests.length ?? 0,
    };
  }
}

/** Plays a case with one of its targets; waits are shorter by the factor `haste`. */
export async function playCase(
  fault: FaultCase,
  options: { readonly target: keyof typeof TARGETS; readonly haste: number },
): Promise<CaseOutcome> {
  await using stack = new AsyncDisposableStack();
  const scene = new Scene(fault, { path: TARGETS[options.target], haste: options.haste });
  await scene.open(stack);
  const first = await scene.pull();
  const { right, wrong } = await scene.compare();
  const { bytesFetched, bytesTotal } = first.result;
  const facts = { ...scene.facts(), fetchedAgain: Math.max(0, bytesFetched - bytesTotal) };
  if (first.result.status !== "failed") return { first, second: undefined, right, wrong, ...facts };
  scene.lift();
  const second = fault.endpoint === undefined ? await scene.pull() : undefined;
  const after = await scene.compare();
  return { first, second, right, wrong: [...wrong, ...after.wrong], ...facts };
}

/** To be called before the first case. */
export function startThreads(): Promise<void> {
  return THREADS.warmUp();
}

/** Ends the threads. */
export function endThreads(): void {
  THREADS[Symbol.dispose]();
}

/** All that a person gets to see of an error. */
export function errorText(error: ErrorData | undefined): string {
  return [error?.message, ...error?.causes ?? [], ...error?.hints ?? []].join("\n");
}
