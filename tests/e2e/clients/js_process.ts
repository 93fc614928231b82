/**
 * Does with `@huggingface/hub` and `@huggingface/gguf` what people do with them: a process of its own, which is given a
 * question as JSON and prints what came of each call as JSON.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gguf } from "@huggingface/gguf";
import {
  checkRepoAccess,
  downloadFile,
  downloadFileToCacheDir,
  fileDownloadInfo,
  fileExists,
  listFiles,
  listModels,
  modelInfo,
  parseSafetensorsMetadata,
  pathsInfo,
  repoExists,
  snapshotDownload,
  whoAmI,
} from "@huggingface/hub";

/** What is to be tried. */
export interface JsQuestion {
  readonly library: "hub" | "gguf";
  readonly endpoint: string;
  readonly hasFileHost: boolean;
  readonly onlyTransfers: boolean;
  /** How often a transfer is tried: the libraries do not try again by themselves. */
  readonly attempts: number;
  readonly token: string;
  readonly folder: string;
  readonly repo: string;
  readonly large: string;
  readonly small: string;
  readonly odd: readonly string[];
  readonly gated: { readonly repo: string; readonly path: string };
  readonly safetensors: string;
  readonly gguf: { readonly repo: string; readonly path: string };
  readonly search: string;
}

/** What came of a call. */
export interface JsAnswer {
  readonly value?: unknown;
  readonly error?: string;
}

const question = JSON.parse(await new Response(Deno.stdin.readable).text()) as JsQuestion;
const answers: Record<string, JsAnswer> = {};
const { repo, token: accessToken, large, small, odd, gated, folder } = question;
const hubUrl = question.endpoint;

async function attempt(name: string, call: () => Promise<unknown>): Promise<void> {
  try {
    answers[name] = { value: await call() };
  } catch (error) {
    answers[name] = { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function digest(blob: Blob | null): Promise<string | null> {
  return blob === null ? null : sha256(new Uint8Array(await blob.arrayBuffer()));
}

/** It puts paths into addresses as they are given. */
function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let left = question.attempts - 1;; left--) {
    try {
      return await call();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function collect<T, R>(items: AsyncIterable<T>, pick: (item: T) => R): Promise<R[]> {
  const all: R[] = [];
  for await (const item of items) all.push(pick(item));
  return all;
}

type Listed = {
  readonly path: string;
  readonly size: number;
  readonly lfs?: { readonly oid: string } | undefined;
};

function factsOf(files: readonly Listed[]): Record<string, [number, string | null]> {
  return Object.fromEntries(files.map(({ path, size, lfs }) => [path, [size, lfs?.oid ?? null]]));
}

async function transfers(): Promise<void> {
  await attempt(
    "downloadFile, large",
    () => patiently(async () => await digest(await downloadFile({ repo, path: large, hubUrl }))),
  );
}

async function files(): Promise<void> {
  await attempt(
    "downloadFile, small",
    async () => await digest(await downloadFile({ repo, path: small, hubUrl })),
  );
  await attempt(
    "downloadFile, odd names",
    () =>
      Promise.all(
        odd.map(async (path) => await digest(await downloadFile({ repo, path: encoded(path), hubUrl }))),
      ),
  );
  await attempt("downloadFile, a part", async () => {
    const blob = await downloadFile({ repo, path: large, hubUrl });
    return await digest(blob?.slice(1_000_000, 1_500_000) ?? null);
  });
  await attempt(
    "downloadFile, absent",
    async () => await digest(await downloadFile({ repo, path: "absent.txt", hubUrl })),
  );
  await attempt("downloadFileToCacheDir", async () => {
    const path = await downloadFileToCacheDir({ repo, path: small, hubUrl, cacheDir: `${folder}/cache` });
    return sha256(await readFile(path));
  });
  await attempt("snapshotDownload", async () => {
    const place = await snapshotDownload({ repo: question.safetensors, hubUrl, cacheDir: `${folder}/cache` });
    return sha256(await readFile(`${place}/model.safetensors`));
  });
  await attempt("parseSafetensorsMetadata", async () => {
    const parsed = await parseSafetensorsMetadata({
      repo: question.safetensors,
      hubUrl,
      computeParametersCount: true,
    });
    return parsed.parameterCount;
  });
}

async function questions(): Promise<void> {
  await attempt(
    "modelInfo",
    async () => (await modelInfo({ name: repo, hubUrl, additionalFields: ["sha"] })).sha,
  );
  await attempt(
    "listModels",
    () => collect(listModels({ search: { query: question.search }, hubUrl }), ({ name }) => name),
  );
  await attempt("listFiles", async () => {
    const listed = await collect(listFiles({ repo, recursive: true, hubUrl }), (file) => file);
    return factsOf(listed.filter(({ type }) => type === "file"));
  });
  await attempt(
    "pathsInfo",
    async () => factsOf(await pathsInfo({ repo, paths: [small, ...odd, "absent"], hubUrl })),
  );
  await attempt("fileDownloadInfo", async () => {
    const info = await fileDownloadInfo({ repo, path: large, hubUrl });
    return [info?.size, question.hasFileHost ? null : info?.etag.replaceAll('"', "")];
  });
  await attempt("fileExists", async () => [
    await fileExists({ repo, path: small, hubUrl }),
    await fileExists({ repo, path: "absent.txt", hubUrl }),
  ]);
  await attempt("repoExists", () => repoExists({ repo, hubUrl }));
  await attempt("whoAmI", async () => (await whoAmI({ accessToken, hubUrl })).name);
}

async function rights(): Promise<void> {
  const { path } = gated;
  await attempt("checkRepoAccess, granted", async () => {
    await checkRepoAccess({ repo: gated.repo, accessToken, hubUrl });
    return true;
  });
  await attempt(
    "gated file, with a token",
    async () => await digest(await downloadFile({ repo: gated.repo, path, accessToken, hubUrl })),
  );
  await attempt(
    "gated file, without",
    async () => await digest(await downloadFile({ repo: gated.repo, path, hubUrl })),
  );
  await attempt(
    "public file, with a token",
    async () => await digest(await downloadFile({ repo, path: small, accessToken, hubUrl })),
  );
}

async function heads(): Promise<void> {
  const url = `${hubUrl}/${question.gguf.repo}/resolve/main/${question.gguf.path}`;
  const describe = async (address: string, headers: Record<string, string> = {}) => {
    const { metadata, tensorInfos, parameterCount } = await gguf(address, {
      computeParametersCount: true,
      additionalFetchHeaders: headers,
    });
    return [metadata["general.architecture"], tensorInfos.length, parameterCount];
  };
  await attempt("gguf", () => patiently(() => describe(url)));
  if (question.onlyTransfers) return;
  await attempt("gguf, with a token", () => describe(url, { Authorization: `Bearer ${accessToken}` }));
  await attempt("gguf, absent", () => describe(`${url}.absent`));
}

async function useHub(): Promise<void> {
  await transfers();
  if (question.onlyTransfers) return;
  await files();
  await questions();
  await rights();
}

/** What the libraries have to say is not for standard output. */
function sayOnStderr(): void {
  const say = (...words: unknown[]): void => {
    Deno.stderr.writeSync(new TextEncoder().encode(`${words.join(" ")}\n`));
  };
  Object.assign(globalThis.console, { debug: say, log: say, info: say });
}

sayOnStderr();
await (question.library === "gguf" ? heads() : useHub());
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(answers)));
Deno.exit(0);
