/**
 * A `ModelManager` that is a plain object: two models, no network, no disk.
 *
 * @module
 */
import type { DownloadEvent } from "../../core/download/events.ts";
import type {
  CleanupResult,
  DoctorReport,
  JobRecord,
  JobResult,
  LibraryModel,
  LibrarySpace,
  ModelDetails,
  ModelManager,
  PullRequest,
  PullResult,
  Queue,
  ScanReport,
  VerifiedFile,
  VerifyEvent,
} from "../../core/operations/model_manager.ts";
import type { Account, ModelSummary } from "../../core/hub/model.ts";
import type { HistoryCounts, HistoryRecord, HistoryStatistics } from "../../core/state/history_record.ts";
import type { Digest } from "../../core/base/digest.ts";
import { fakeHfCache } from "./fake_hf_cache.ts";
import { fakeImport, fakeLink } from "./fake_sharing.ts";
import { fakeSchedules } from "./fake_schedules.ts";
import { fakeServer } from "./fake_server.ts";
import { fakeManifest } from "./fake_manifest.ts";
import { fakeUpdate } from "./fake_updates.ts";

const sha256 = (digit: string): Digest => ({ algorithm: "sha256", hex: digit.repeat(64) });
const gitSha1 = (digit: string): Digest => ({ algorithm: "git-sha1", hex: digit.repeat(40) });

/** A commit. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Two hits: one plain, one gated with little known of it. */
export const SUMMARIES: readonly ModelSummary[] = [
  {
    repo: "acme/Llama-3.2-3B-Instruct-GGUF",
    author: "acme",
    downloads: 1_234_567,
    likes: 345,
    updatedAt: "2024-12-29T00:00:00.000Z",
    gated: false,
    private: false,
    task: "text-generation",
    tags: ["gguf"],
    license: "llama3.2",
    parameters: 3_212_749_888,
    architecture: "llama",
  },
  {
    repo: "日本語モデル/とても長い名前のモデル-GGUF",
    author: undefined,
    downloads: 12,
    likes: 0,
    updatedAt: undefined,
    gated: "manual",
    private: false,
    task: undefined,
    tags: [],
    license: undefined,
    parameters: undefined,
    architecture: undefined,
  },
];

/** A model with two quants, one of them in shards. */
export const DETAILS: ModelDetails = {
  repo: "acme/Llama-3.2-3B-Instruct-GGUF",
  renamedFrom: undefined,
  revision: "main",
  commit: COMMIT,
  author: "acme",
  url: "https://huggingface.co/acme/Llama-3.2-3B-Instruct-GGUF",
  downloads: 1_234_567,
  likes: 345,
  updatedAt: "2024-12-29T00:00:00.000Z",
  createdAt: "2024-10-01T00:00:00.000Z",
  gated: "auto",
  private: false,
  task: "text-generation",
  library: "gguf",
  license: "llama3.2",
  baseModels: ["meta/Llama-3.2-3B-Instruct"],
  tags: ["gguf"],
  parameters: 8_030_261_312,
  architecture: "llama",
  contextLength: 131_072,
  units: [
    {
      quant: "Q4_K_M",
      label: "Q4_K_M",
      sizeBytes: 2_019_377_440,
      files: [{
        path: "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        sizeBytes: 2_019_377_440,
        digest: sha256("a"),
      }],
      local: "complete",
      update: "up to date",
      fits: true,
      fitsGpu: undefined,
      complete: true,
      refused: undefined,
    },
    {
      quant: "F16",
      label: "F16",
      sizeBytes: 80_000_000_000,
      files: [
        { path: "F16/model-F16-00001-of-00002.gguf", sizeBytes: 40_000_000_000, digest: sha256("b") },
        { path: "F16/model-F16-00002-of-00002.gguf", sizeBytes: 40_000_000_000, digest: undefined },
      ],
      local: "partial",
      update: undefined,
      fits: false,
      fitsGpu: undefined,
      complete: true,
      refused: undefined,
    },
  ],
  companions: [{
    path: "mmproj-F16.gguf",
    sizeBytes: 650_000_000,
    digest: sha256("d"),
    local: "absent",
    refused: undefined,
  }],
  otherFiles: [{
    path: "README.md",
    sizeBytes: 4_321,
    digest: gitSha1("e"),
    local: "complete",
    refused: undefined,
  }],
  selection: undefined,
  defaultQuant: "Q4_K_M",
  readme: undefined,
  memoryBytes: 16_000_000_000,
  gpuMemoryBytes: undefined,
};

/** The page of {@link DETAILS}, when it is asked for: with a character that no terminal is to see. */
export const README = "# Llama 3.2\n\nA \u001b[31mmodel\u001b[0m for tests.\n\n- small\n- quick";

/** Two models in the library. */
export const LIBRARY: readonly LibraryModel[] = [
  {
    repo: "acme/Llama-3.2-3B-Instruct-GGUF",
    revision: "main",
    commit: COMMIT,
    quant: "Q4_K_M",
    modelType: "text-generation",
    status: "available",
    sizeBytes: 2_019_377_440,
    path: "/models/acme/Llama-3.2-3B-Instruct-GGUF",
    files: [{
      path: "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
      sizeBytes: 2_019_377_440,
      digest: sha256("a"),
    }],
    downloadDate: "2024-12-31T21:00:00.000Z",
    pinned: false,
    lastUsedAt: "2024-12-31T21:00:00.000Z",
    update: undefined,
  },
  {
    repo: "acme/clip",
    revision: "v1",
    commit: COMMIT,
    quant: undefined,
    modelType: "embedding",
    status: "error",
    sizeBytes: 1_500,
    path: "/models/acme/clip",
    files: [{ path: "config.json", sizeBytes: 1_500, digest: gitSha1("c") }],
    downloadDate: "2024-11-01T00:00:00.000Z",
    pinned: false,
    lastUsedAt: "2024-11-01T00:00:00.000Z",
    update: "update available",
  },
];

/** A disk with room, and a library within its quota. */
export const SPACE: LibrarySpace = {
  modelsDir: "/models",
  freeBytes: 45_000_000_000,
  usedBytes: 2_859_378_940,
  sharedBytes: 0,
  partialBytes: 840_000_000,
  quotaBytes: 100_000_000_000,
  reserveBytes: 2 ** 30,
};

/** One download that went well and one that did not. */
export const RECORDS: readonly HistoryRecord[] = [
  {
    id: "2",
    reference: "acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M",
    repo: "acme/Llama-3.2-3B-Instruct-GGUF",
    revision: "main",
    commit: COMMIT,
    files: ["Llama-3.2-3B-Instruct-Q4_K_M.gguf"],
    status: "completed",
    bytesFetched: 1_500_000_000,
    bytesResumed: 519_377_440,
    averageBytesPerSecond: 25_000_000,
    peakBytesPerSecond: 31_000_000,
    retries: 1,
    startedAt: "2024-12-31T20:59:00.000Z",
    endedAt: "2024-12-31T21:00:00.000Z",
  },
  {
    id: "1",
    reference: "acme/none",
    repo: "acme/none",
    revision: undefined,
    commit: undefined,
    files: [],
    status: "failed",
    bytesFetched: 0,
    bytesResumed: 0,
    averageBytesPerSecond: 0,
    peakBytesPerSecond: 0,
    retries: 0,
    startedAt: "2024-12-30T00:00:00.000Z",
    endedAt: "2024-12-30T00:00:01.000Z",
    error: { code: "NOT_FOUND", message: 'Repository "acme/none" does not exist' },
  },
];

const COMPLETED: HistoryCounts = {
  total: 1,
  completed: 1,
  failed: 0,
  cancelled: 0,
  successRate: 1,
  bytesFetched: 1_500_000_000,
  bytesResumed: 519_377_440,
  averageBytesPerSecond: 25_000_000,
  peakBytesPerSecond: 31_000_000,
  retries: 1,
};

const FAILED: HistoryCounts = {
  total: 1,
  completed: 0,
  failed: 1,
  cancelled: 0,
  successRate: 0,
  bytesFetched: 0,
  bytesResumed: 0,
  averageBytesPerSecond: 0,
  peakBytesPerSecond: 0,
  retries: 0,
};

/** The sums of {@link RECORDS}. */
export const STATISTICS: HistoryStatistics = {
  ...COMPLETED,
  total: 2,
  failed: 1,
  successRate: 0.5,
  perDay: [{ date: "2024-12-30", ...FAILED }, { date: "2024-12-31", ...COMPLETED }],
  perRepo: [
    { repo: "acme/Llama-3.2-3B-Instruct-GGUF", ...COMPLETED },
    { repo: "acme/none", ...FAILED },
  ],
  damaged: 0,
};

/** Whose token it is. */
export const ACCOUNT: Account = {
  name: "ada",
  fullName: "Ada",
  email: undefined,
  organizations: ["acme"],
  tokenName: "laptop",
  tokenRole: "read",
};

const FILE = "Llama-3.2-3B-Instruct-Q4_K_M.gguf";
const TOTAL = 2_000_000_000;

/** The events of one file that is resumed and finished. */
export function pullEvents(reference: string): DownloadEvent[] {
  const file = { reference, file: FILE, totalBytes: TOTAL };
  return [
    {
      type: "planned",
      reference,
      repo: "acme/Llama-3.2-3B-Instruct-GGUF",
      commit: COMMIT,
      files: [
        { path: FILE, totalBytes: TOTAL, action: "resume", resumedBytes: 840_000_000 },
        { path: "README.md", totalBytes: 4_321, action: "present", resumedBytes: 4_321 },
      ],
      fetchBytes: 1_160_000_000,
      notices: [],
      receivedBytes: 840_000_000,
      totalBytes: TOTAL,
    },
    { type: "started", ...file, receivedBytes: 840_000_000, resumedBytes: 840_000_000 },
    { type: "progress", ...file, receivedBytes: 1_400_000_000, connections: 8 },
    { type: "progress", ...file, receivedBytes: TOTAL, connections: 8 },
    { type: "verifying", ...file, receivedBytes: TOTAL, verifiedBytes: 1_000_000_000 },
    { type: "verified", ...file, receivedBytes: TOTAL, digest: sha256("a") },
    { type: "finished", ...file, receivedBytes: TOTAL, path: `/models/acme/${FILE}` },
    {
      type: "finished",
      reference,
      receivedBytes: TOTAL,
      totalBytes: TOTAL,
      paths: [`/models/acme/${FILE}`],
    },
  ];
}

/** The result of {@link pullEvents}. */
export function pullResult(reference: string, change: Partial<PullResult> = {}): PullResult {
  return {
    reference,
    repo: "acme/Llama-3.2-3B-Instruct-GGUF",
    commit: COMMIT,
    status: "downloaded",
    paths: [`/models/acme/${FILE}`],
    bytesFetched: 1_160_000_000,
    bytesResumed: 840_000_000,
    bytesTotal: TOTAL,
    elapsedMs: 58_000,
    ...change,
  };
}

async function* pull(request: PullRequest): AsyncGenerator<DownloadEvent, PullResult[], undefined> {
  await Promise.resolve();
  const dry = request.dryRun === true;
  for (const reference of request.references) {
    yield* pullEvents(reference).filter(({ type }) => !dry || type === "planned");
  }
  return request.references.map((reference) =>
    pullResult(reference, dry ? { status: "planned", bytesFetched: 0 } : {})
  );
}

const VERIFIED: readonly VerifiedFile[] = [
  {
    repo: "acme/clip",
    path: "/models/acme/clip/config.json",
    status: "ok",
    expected: `git-sha1:${"c".repeat(40)}`,
  },
];

async function* scan(): AsyncGenerator<VerifyEvent, ScanReport, undefined> {
  await Promise.resolve();
  yield { type: "hashing", file: "found-Q8_0.gguf", receivedBytes: 750, totalBytes: 1_500 };
  return {
    adopted: [{
      reference: "acme/found:Q8_0",
      repo: "acme/found",
      quant: "Q8_0",
      sizeBytes: 1_500,
      paths: ["/models/acme/found/found-Q8_0.gguf"],
    }],
    vanished: [],
    problems: [],
  };
}

async function* verify(): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  await Promise.resolve();
  yield { type: "verifying", file: "config.json", receivedBytes: 750, totalBytes: 1_500 };
  return [...VERIFIED];
}

const CLEANED: CleanupResult = {
  removed: [
    { path: "/models/acme/clip/.cache/4a.bad", reason: "quarantined", bytes: 1_500_000 },
    { path: "/models/acme/old/.cache", reason: "empty-folder", bytes: 0 },
  ],
  models: [],
  bytesFreed: 1_500_000,
  quota: undefined,
  inUse: [],
  problems: [],
};

/** Two jobs: one at work, one that failed. */
export const JOBS: readonly JobRecord[] = [
  {
    id: "1rtd6q77",
    reference: "acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M",
    options: {},
    modelsDir: "/models",
    endpoint: "https://huggingface.co",
    priority: "high",
    status: "downloading",
    position: 1,
    createdAt: "2024-12-31T23:50:00.000Z",
    waitingSince: "2024-12-31T23:50:00.000Z",
    startedAt: "2024-12-31T23:55:00.000Z",
    attempts: 1,
    bytesReceived: 840_000_000,
    bytesTotal: TOTAL,
    owner: { id: "o", pid: 123, host: "laptop" },
  },
  {
    id: "1rtd6q78",
    reference: "acme/none",
    options: { include: ["*.json"] },
    modelsDir: "/models",
    endpoint: "https://huggingface.co",
    priority: "normal",
    status: "failed",
    position: 2,
    createdAt: "2024-12-31T22:00:00.000Z",
    waitingSince: "2024-12-31T22:00:00.000Z",
    startedAt: "2024-12-31T22:00:01.000Z",
    endedAt: "2024-12-31T22:00:02.000Z",
    attempts: 1,
    bytesReceived: 0,
    bytesTotal: 0,
    error: { code: "NOT_FOUND", message: 'Repository "acme/none" does not exist', hints: [], causes: [] },
  },
];

function jobResults(ids: readonly string[]): Promise<JobResult[]> {
  return Promise.resolve(ids.map((id) => {
    const job = JOBS.find((each) => each.id === id);
    return { id, changed: true, ...(job === undefined ? {} : { job }) };
  }));
}

/** A queue that does everything at once and nothing at all. */
export function fakeQueue(change: Partial<Queue> = {}): Queue {
  return {
    list: () => Promise.resolve(JOBS),
    add: () => jobResults(["1rtd6q77"]),
    pause: jobResults,
    resume: jobResults,
    retry: jobResults,
    cancel: jobResults,
    setPriority: jobResults,
    move: (id) => jobResults([id]),
    clear: () => jobResults(["1rtd6q78"]),
    owner: () => Promise.resolve(undefined),
    silentOwner: () => Promise.resolve(undefined),
    runInBackground: () => Promise.resolve(),
    setMaxConcurrent: () => {},
    lastBackgroundRun: () => Promise.resolve(undefined),
    async *run() {
      await Promise.resolve();
      const [first] = JOBS;
      if (first === undefined) return { jobs: [], ownerPid: undefined };
      yield { type: "job", jobId: first.id, job: first };
      for (const event of pullEvents(first.reference)) yield { ...event, jobId: first.id };
      const done: JobRecord = { ...first, status: "completed", bytesReceived: TOTAL };
      yield { type: "job", jobId: first.id, job: done };
      return { jobs: [done], ownerPid: undefined };
    },
    ...change,
  };
}

/** One line of each kind. */
export const REPORT: DoctorReport = {
  ok: false,
  checks: [
    {
      id: "versions",
      group: "program",
      title: "versions",
      status: "ok",
      detail: "mm 0.1.0, Deno 2.9.6, linux x86_64",
      hints: [],
      more: ["TypeScript 6.0.3"],
      skipped: false,
    },
    {
      id: "models_dir.space",
      group: "disk",
      title: "space for models",
      status: "warning",
      detail: "1.50 GB free, of which 1.07 GB stay in reserve",
      hints: ["See what takes the space: mm list --sort size"],
      more: [],
      skipped: false,
    },
    {
      id: "endpoint",
      group: "network",
      title: "endpoint",
      status: "problem",
      detail: 'Cannot reach "huggingface.co": its name cannot be resolved',
      hints: ["Check the DNS settings of this machine", "Check the address: mm config get endpoint"],
      more: ["dns error: no such host"],
      skipped: false,
    },
    {
      id: "file_host",
      group: "network",
      title: "file host",
      status: "ok",
      detail: "not checked: the endpoint does not answer",
      hints: [],
      more: [],
      skipped: true,
    },
  ],
};

/** The fake; tests replace what they are about. */
export function fakeManager(change: Partial<ModelManager> = {}): ModelManager {
  const removed = {
    removed: [{
      reference: "acme/clip",
      repo: "acme/clip",
      quant: undefined,
      isPart: false,
      paths: ["/models/acme/clip/config.json"],
      bytesFreed: 1_500,
      pinned: false,
    }],
    bytesFreed: 1_500,
  };
  return {
    search: () => Promise.resolve([...SUMMARIES]),
    async *searchPages(_query, { pageSize = 20 } = {}) {
      await Promise.resolve();
      for (let at = 0; at < SUMMARIES.length; at += pageSize) yield SUMMARIES.slice(at, at + pageSize);
    },
    show: (_reference, { readme = false } = {}) =>
      Promise.resolve(readme ? { ...DETAILS, readme: README } : DETAILS),
    pull,
    setRateLimit: () => {},
    list: () => Promise.resolve([...LIBRARY]),
    space: () => Promise.resolve(SPACE),
    scan,
    importModels: fakeImport,
    link: (request) => Promise.resolve(fakeLink(request)),
    setPinned: (references, pinned) =>
      Promise.resolve(
        references.map((reference) => ({
          reference,
          repo: reference,
          quant: undefined,
          pinned,
          changed: true,
        })),
      ),
    planRemove: () => Promise.resolve(removed),
    remove: () => Promise.resolve(removed),
    planCleanup: () => Promise.resolve(CLEANED),
    cleanup: () => Promise.resolve(CLEANED),
    verify,
    update: (request) => fakeUpdate(request, pullEvents),
    claimUpdateCheck: () => Promise.resolve(false),
    history: {
      list: () => Promise.resolve([...RECORDS]),
      async *records() {
        await Promise.resolve();
        yield* RECORDS;
      },
      find: (id) => Promise.resolve(RECORDS.filter((record) => record.id.startsWith(id))),
      stats: () => Promise.resolve(STATISTICS),
      clear: () => Promise.resolve(2),
    },
    queue: fakeQueue(),
    ...fakeManifest(),
    schedules: fakeSchedules(),
    login: () => Promise.resolve(ACCOUNT),
    logout: () => Promise.resolve(true),
    whoAmI: () => Promise.resolve(ACCOUNT),
    hfCache: fakeHfCache(),
    cache: {
      info: () => Promise.resolve({ entries: 12, sizeBytes: 34_567 }),
      clear: () => Promise.resolve({ entries: 12, bytesFreed: 34_567 }),
    },
    serve: () => Promise.resolve(fakeServer()),
    doctor: () => Promise.resolve(REPORT),
    permissions: (set) =>
      Promise.resolve({
        set: "pull",
        commands: ["search", "pull"],
        argv: ["deno", "run", "--allow-read=/my models", `jsr:${set}`],
        variables: {},
        missingFolders: ["/my models"],
        wider: [{ path: "/my models/a,b", granted: "/my models" }],
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...change,
  };
}
