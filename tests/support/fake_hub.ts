/**
 * A Hub on loopback for tests: the served Hub with a memory of its requests and faults where wanted.
 *
 * @module
 */
import type { RequestRecord } from "../../core/server/request_record.ts";
import { type RunningHub, startHub, type StartHubOptions } from "../../core/server/running_hub.ts";
import { endsWithPath, type Fault, withFaults } from "./faults.ts";

/** What to serve, and what goes wrong. */
export interface FakeHubOptions extends Omit<StartHubOptions, "record"> {
  /** Faults of the API. */
  readonly hubFaults?: readonly Fault[];
  /** Faults of the file host. */
  readonly fileHostFaults?: readonly Fault[];
}

/** A running Hub that remembers its requests. */
export interface FakeHub extends RunningHub {
  /** Errors inside the server: a test can assert that there were none. */
  readonly errors: readonly unknown[];
  /** Requests under `/api/` on the Hub, those of `resolve-cache` not counted. */
  apiCalls(): readonly RequestRecord[];
  /** `GET` and `HEAD` requests for one file, on either host. */
  fileRequests(path: string): readonly RequestRecord[];
  /** Bytes of files sent: bodies of the file host and of 200 and 206 answers to file routes. */
  bodyBytes(): number;
  /** Forgets the requests so far. */
  clear(): void;
}

function isApiCall(record: RequestRecord): boolean {
  return record.host === "hub" && record.path.startsWith("/api/") &&
    !record.path.startsWith("/api/resolve-cache/");
}

function isFileAnswer(record: RequestRecord): boolean {
  return !isApiCall(record) && (record.status === 200 || record.status === 206);
}

/** Starts a Hub on free ports; `await using` ends it. */
export async function startFakeHub(options: FakeHubOptions): Promise<FakeHub> {
  const { hubFaults = [], fileHostFaults = [], wrapHub, wrapFileHost } = options;
  const errors: unknown[] = [];
  let forgotten = 0;
  const hub = await startHub({
    ...options,
    record: true,
    onError: (error) => {
      errors.push(error);
      options.onError?.(error);
    },
    wrapHub: (handler) => withFaults(wrapHub?.(handler) ?? handler, hubFaults),
    wrapFileHost: (handler) => withFaults(wrapFileHost?.(handler) ?? handler, fileHostFaults),
  });
  const recent = (): readonly RequestRecord[] => hub.requests.slice(forgotten);
  return {
    ...hub,
    errors,
    get requests() {
      return recent();
    },
    apiCalls: () => recent().filter(isApiCall),
    fileRequests: (path) =>
      recent().filter((record) =>
        record.host === "file-host"
          ? record.path === path
          : !isApiCall(record) && endsWithPath(record.path, path)
      ),
    bodyBytes: () => recent().filter(isFileAnswer).reduce((sum, record) => sum + record.bytes, 0),
    clear: () => {
      forgotten = hub.requests.length;
    },
  };
}
