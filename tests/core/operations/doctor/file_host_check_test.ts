import assert from "node:assert/strict";
import { isModelManagerError, ModelManagerError } from "../../../../core/base/errors.ts";
import type { Fetch } from "../../../../core/http/fetch.ts";
import type { FileLocation, ModelInfo, ModelSummary } from "../../../../core/hub/model.ts";
import { checkFileHost, type FileHostPorts } from "../../../../core/operations/doctor/file_host_check.ts";
import { COMMIT, SUMMARIES } from "../../../support/fake_manager.ts";

const KNOWN = { repo: "acme/known", commit: COMMIT, path: "a.gguf" } as const;
const LOCATION: FileLocation = {
  url: "http://files.test/a?Signature=s3cret",
  headers: {},
  expiresAt: undefined,
  sizeBytes: 10,
  digest: undefined,
  commit: COMMIT,
};

interface Script {
  readonly known?: FileHostPorts["known"];
  readonly locate?: (repo: string) => FileLocation;
  readonly models?: readonly Partial<ModelSummary>[];
  readonly files?: ModelInfo["files"];
  readonly answer?: Response;
}

function check({ known, locate, models = [], files = [], answer }: Script) {
  const asked: string[] = [];
  const [summary] = SUMMARIES;
  if (summary === undefined) throw new Error("no summary");
  const fetch: Fetch = (input, init) => {
    asked.push(`${input} ${new Headers(init?.headers).get("range")}`);
    return Promise.resolve(
      answer ?? new Response("x", { status: 206, headers: { "content-range": "bytes 0-0/10" } }),
    );
  };
  const hub: FileHostPorts["hub"] = {
    locateFile: (repo) => {
      asked.push(repo);
      return Promise.resolve().then(() => locate?.(repo) ?? LOCATION);
    },
    async *searchModels() {
      await Promise.resolve();
      for (const model of models) yield { ...summary, gated: false, private: false, ...model };
    },
    modelInfo: (repo) => {
      const facts = {
        revision: "main",
        commit: COMMIT,
        createdAt: undefined,
        disabled: false,
        library: undefined,
      };
      return Promise.resolve({ ...summary, ...facts, repo, baseModels: [], contextLength: undefined, files });
    },
  };
  const { signal } = new AbortController();
  const finding = checkFileHost({ hub, fetch, signal, known, onAsk: (host) => asked.push(`host ${host}`) });
  return finding.then((finding) => ({ finding, asked }));
}

Deno.test("checkFileHost() asks for the first byte of a file that was downloaded before", async () => {
  const { finding, asked } = await check({ known: KNOWN });
  assert.deepEqual(asked, ["acme/known", "host files.test", `${LOCATION.url} bytes=0-0`]);
  assert.deepEqual([finding.status, finding.detail], ["ok", '"files.test" gives ranges']);
  assert.doesNotMatch(JSON.stringify(finding), /s3cret/);
});

const DIGEST = { algorithm: "sha256", hex: "a".repeat(64) } as const;
const FILES = [
  { path: "README.md", sizeBytes: 1, digest: undefined },
  { path: "big.gguf", sizeBytes: 100, digest: DIGEST },
  { path: "small.gguf", sizeBytes: 10, digest: DIGEST },
];

Deno.test("checkFileHost() looks for a public file when none is known, or the known one is gone", async () => {
  const models = [{ repo: "a/gated", gated: "manual" as const }, { repo: "a/private", private: true }, {
    repo: "a/open",
  }];
  const { finding, asked } = await check({ models, files: FILES });
  assert.deepEqual(asked[0], "a/open");
  assert.deepEqual(finding.more, ['asked for the first byte of "small.gguf" of "a/open"']);
  const gone = (repo: string): FileLocation => {
    if (repo === "acme/known") throw new ModelManagerError("NOT_FOUND", "Gone");
    return LOCATION;
  };
  assert.equal((await check({ known: KNOWN, locate: gone, models, files: FILES })).asked[1], "a/open");
  const nothing = await check({ models: [], files: FILES });
  assert.deepEqual([nothing.finding.skipped, nothing.finding.status], [true, "ok"]);
});

Deno.test("checkFileHost() passes on that nobody answers", async () => {
  const locate = (): never => {
    throw new ModelManagerError("NETWORK_ERROR", "Cut");
  };
  await assert.rejects(
    check({ known: KNOWN, locate }),
    (error) => isModelManagerError(error) && error.message === "Cut",
  );
});

Deno.test("checkFileHost() judges the answer", async () => {
  const judged = async (status: number, headers: Record<string, string> = {}) => {
    const { finding } = await check({ known: KNOWN, answer: new Response(null, { status, headers }) });
    return [finding.status, finding.detail];
  };
  assert.deepEqual(await judged(200), [
    "warning",
    '"files.test" ignores ranges: one connection a file, and nothing is resumed',
  ]);
  assert.deepEqual(await judged(206), ["problem", '"files.test" answers a range with no Content-Range']);
  assert.deepEqual(await judged(206, { "content-range": "bytes 5-9/10" }), [
    "problem",
    '"files.test" answers a range with a wrong Content-Range',
  ]);
  assert.deepEqual(await judged(206, { "content-range": "bytes 0-0/11" }), [
    "problem",
    '"files.test" has 11 bytes where the Hub promises 10',
  ]);
  assert.deepEqual(await judged(403), ["problem", '"files.test" answers with 403']);
});
