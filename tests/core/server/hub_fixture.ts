/**
 * A Hub's handler over a few small models, without sockets.
 *
 * @module
 */
import type { AccessRules } from "../../../core/server/access.ts";
import type { GeneratedSource } from "../../../core/server/demo/generated_source.ts";
import { createFileHostHandler } from "../../../core/server/file_host.ts";
import { createHubHandler, type HubOptions } from "../../../core/server/handler.ts";
import { createUrlSigner } from "../../../core/server/signed_url.ts";
import { randomModel } from "../../support/random_model.ts";
import { TestClock } from "../../support/test_clock.ts";

/** The public model. */
export const REPO = "acme/tiny-GGUF";
/** The gated model. */
export const GATED = "acme/gated-GGUF";
/** The private model. */
export const PRIVATE = "acme/secret-GGUF";
/** Granted both. */
export const MEMBER = `hf_${"m".repeat(34)}`;
/** Granted nothing. */
export const STRANGER = `hf_${"s".repeat(34)}`;
/** Its request is waiting. */
export const PENDING = `hf_${"p".repeat(34)}`;
/** Its request was turned down. */
export const REJECTED = `hf_${"r".repeat(34)}`;
/** Belongs to a member of the organization `acme`. */
export const OWNER = `hf_${"o".repeat(34)}`;

/** The large file of every model. */
export const BIG = "tiny-Q4_K_M.gguf";
/** Its size. */
export const BIG_BYTES = 2_500_000;

/** Who may see what. */
export const ACCESS: AccessRules = {
  tokens: [
    {
      token: MEMBER,
      account: "ada",
      email: "ada@example.invalid",
      grants: { [GATED]: "granted", [PRIVATE]: "granted" },
    },
    { token: STRANGER, account: "bob" },
    { token: PENDING, account: "cleo", grants: { [GATED]: "pending" } },
    { token: REJECTED, account: "dan", grants: { [GATED]: "rejected" } },
    { token: OWNER, account: "eve", organizations: ["acme"], tokenName: "work", role: "write" },
  ],
};

/** Three models: public with two commits, gated, private. */
export function makeSource(): GeneratedSource {
  return randomModel(
    {
      repo: REPO,
      files: [
        { path: BIG, sizeBytes: BIG_BYTES },
        { path: "sub/deep/notes.txt", text: "deep" },
        { path: "sub/ü & #1.txt", text: "odd" },
        { path: "README.md", text: "first" },
        { path: "empty.txt", text: "" },
      ],
      revisions: [{ files: [{ path: "README.md", text: "second ".repeat(100) }] }, {
        files: [{ path: "new.txt", text: "n" }],
      }],
      branches: { main: 1, "feature/x": 2 },
      tags: { v1: 0 },
      pullRequests: { 1: 2 },
      formerNames: ["acme/old-GGUF"],
      facts: { downloads: 10, likes: 1, createdAt: "2026-01-01T00:00:00.000Z" },
    },
    {
      repo: GATED,
      gated: "manual",
      files: [{ path: BIG, sizeBytes: 70_000 }, { path: "README.md", text: "card" }, {
        path: "config.json",
        text: "{}",
      }, {
        path: "sub/README.md",
        text: "not at the root",
      }],
      facts: { downloads: 30, likes: 3 },
    },
    {
      repo: PRIVATE,
      private: true,
      files: [{ path: BIG, sizeBytes: 80_000 }, { path: "README.md", text: "private card" }],
      facts: { downloads: 20, likes: 2 },
    },
  );
}

/** A handler to ask, and what it stands on. */
export interface HubFixture {
  readonly source: GeneratedSource;
  readonly clock: TestClock;
  readonly commit: string;
  readonly errors: unknown[];
  /** Asks the Hub for a path. */
  get(path: string, options?: AskOptions): Promise<Response>;
  /** Asks the file host for a whole URL. */
  fetchFile(url: string, options?: AskOptions): Promise<Response>;
}

/** How a request is made. */
export interface AskOptions {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The name that stands for the Hub. */
export const HUB_URL = "http://hub.test";
/** The name that stands for the file host. */
export const FILE_HOST_URL = "http://files.test";

function request(url: string, options: AskOptions): Request {
  const { method = "GET", token, headers, body } = options;
  return new Request(url, {
    method,
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body }),
  });
}

/** Makes the handlers. `direct` leaves the file host out; `open` leaves the access rules out. */
export async function makeHub(
  options: Partial<HubOptions> & {
    readonly direct?: boolean;
    readonly open?: boolean;
    readonly maxFullBytes?: number;
  } = {},
): Promise<HubFixture> {
  const { direct = false, open = false, maxFullBytes, ...rest } = options;
  const source = makeSource();
  const clock = new TestClock();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const signer = createUrlSigner({ clock, lifetimeMs: 60_000 });
  const hub = createHubHandler({
    source,
    clock,
    onError,
    access: open ? undefined : ACCESS,
    fileHost: direct ? undefined : { url: () => FILE_HOST_URL, signer },
    ...rest,
  });
  const fileHost = createFileHostHandler({ source, signer, onError, maxFullBytes });
  return {
    source,
    clock,
    errors,
    commit: await source.commit(REPO, "main") ?? "",
    get: (path, ask = {}) => hub(request(`${HUB_URL}${path}`, ask)),
    fetchFile: (url, ask = {}) => fileHost(request(url, ask)),
  };
}

/** The body of an answer as JSON, of the shape that the test expects. */
export async function readJson<T>(response: Response): Promise<T> {
  return await response.json() as T;
}
