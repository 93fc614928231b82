/**
 * Replies of a Hub, as hub-protocol.md writes them.
 *
 * @module
 */
import { HubClient } from "../../../core/hub/client.ts";
import { composeFetch, type FetchStackOptions } from "../../../core/http/stack.ts";
import { TestClock } from "../../support/test_clock.ts";
import type { FakeFetch } from "../http/fake_fetch.ts";

export const ENDPOINT = "http://hub.test";
export const COMMIT = "a".repeat(40);
export const SHA256 = "b".repeat(64);
export const GIT_SHA1 = "c".repeat(40);
export const MASK = "*".repeat(64);

/** One item of a search with the fields that are asked for. */
export function summary(id: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    _id: "65f0",
    id,
    downloads: 12,
    likes: 3,
    lastModified: "2025-01-02T03:04:05.000Z",
    gated: false,
    private: false,
    pipeline_tag: "text-generation",
    tags: ["gguf", "license:mit", "region:us"],
    gguf: { total: 8_030_261_312, architecture: "llama", context_length: 131_072, chat_template: "…" },
    ...extra,
  };
}

/** A model info with `blobs=true`. */
export function info(id: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ...summary(id),
    modelId: id,
    author: id.split("/")[0],
    sha: COMMIT,
    disabled: false,
    library_name: "gguf",
    "model-index": null,
    config: {},
    cardData: { license: "mit", base_model: ["base/model"] },
    createdAt: "2024-01-02T03:04:05.000Z",
    spaces: [],
    usedStorage: 123,
    siblings: [
      {
        rfilename: "x.gguf",
        size: 4_920_734_272,
        blobId: GIT_SHA1,
        lfs: { sha256: SHA256, size: 4_920_734_272, pointerSize: 135 },
      },
      { rfilename: "README.md", size: 10, blobId: GIT_SHA1 },
    ],
    ...extra,
  };
}

/** Entries of a tree: a folder, a small file, an LFS file. */
export function tree(): unknown[] {
  return [
    { type: "directory", oid: GIT_SHA1, size: 0, path: "sub" },
    { type: "file", oid: GIT_SHA1, size: 10, path: "README.md" },
    {
      type: "file",
      oid: GIT_SHA1,
      size: 99,
      path: "sub/x.gguf",
      lfs: { oid: SHA256, size: 99, pointerSize: 135 },
      xetHash: SHA256,
    },
  ];
}

/** A client over the whole stack, on a clock that runs by itself. */
export function hubClient(
  fake: Pick<FakeFetch, "fetch">,
  options: Partial<FetchStackOptions> & { readonly mirrors?: readonly string[] } = {},
): { readonly client: HubClient; readonly clock: TestClock; readonly notices: string[] } {
  const clock = new TestClock({ autoAdvance: true });
  const notices: string[] = [];
  const endpoint = options.endpoint ?? ENDPOINT;
  const fetch = composeFetch({
    fetch: fake.fetch,
    clock,
    endpoint,
    userAgent: "mm/1",
    offline: false,
    cacheDurationMs: 300_000,
    log: () => {},
    ...options,
  });
  const client = new HubClient({
    endpoint,
    mirrors: options.mirrors,
    fetch,
    token: options.token,
    onNotice: (message) => notices.push(message),
  });
  return { client, clock, notices };
}

/** All that a generator yields. */
export async function collect<T>(generator: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of generator) items.push(item);
  return items;
}
