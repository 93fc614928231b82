import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { expectedBytes } from "../../support/random_model.ts";
import { BIG, BIG_BYTES, makeHub, readJson, REPO } from "./hub_fixture.ts";

interface Info {
  readonly _id: string;
  readonly id: string;
  readonly sha: string;
  readonly gated: boolean;
  readonly author: string;
  readonly cardData: unknown;
  readonly usedStorage: number;
  readonly siblings: readonly {
    readonly rfilename: string;
    readonly size?: number;
    readonly blobId?: string;
    readonly lfs?: { readonly sha256: string; readonly size: number; readonly pointerSize: number };
  }[];
}

Deno.test("modelInfoReply() tells the facts, the commit and the names of the files", async () => {
  const hub = await makeHub();
  const info = await readJson<Info>(await hub.get(`/api/models/${REPO}`));
  match(info._id, /^[0-9a-f]{24}$/);
  strictEqual(info.id, REPO);
  strictEqual(info.sha, hub.commit);
  strictEqual(info.gated, false);
  strictEqual(info.author, "acme");
  deepStrictEqual(info.cardData, { license: "mit" });
  deepStrictEqual(info.siblings.find((file) => file.rfilename === BIG), { rfilename: BIG });
  strictEqual(info.usedStorage > BIG_BYTES, true);
});

Deno.test("modelInfoReply() adds sizes and digests with blobs=true", async () => {
  const hub = await makeHub();
  const info = await readJson<Info>(await hub.get(`/api/models/${REPO}/revision/main?blobs=true`));
  const bytes = await expectedBytes(hub.source, { repo: REPO, path: BIG });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${BIG_BYTES}\n`;
  const git = (text: string): string =>
    createHash("sha1").update(`blob ${text.length}\0${text}`).digest("hex");
  deepStrictEqual(info.siblings.find((file) => file.rfilename === BIG), {
    rfilename: BIG,
    size: BIG_BYTES,
    blobId: git(pointer),
    lfs: { sha256, size: BIG_BYTES, pointerSize: pointer.length },
  });
  deepStrictEqual(info.siblings.find((file) => file.rfilename === "sub/deep/notes.txt"), {
    rfilename: "sub/deep/notes.txt",
    size: 4,
    blobId: git("deep"),
  });
});

Deno.test("modelInfoReply() knows branches, tags, pull requests, commits and HEAD, encoded or not", async () => {
  const hub = await makeHub();
  const revisions = [
    ["main", "main"],
    ["HEAD", "main"],
    ["v1", "v1"],
    ["refs%2Fpr%2F1", "refs/pr/1"],
    ["refs/pr/1", "refs/pr/1"],
    ["feature%2Fx", "feature/x"],
    ["feature/x", "feature/x"],
    [hub.commit, "main"],
  ];
  for (const [asked, wanted] of revisions) {
    const info = await readJson<Info>(await hub.get(`/api/models/${REPO}/revision/${asked}`));
    strictEqual(info.sha, await hub.source.commit(REPO, wanted ?? ""), asked);
  }
});

Deno.test("modelInfoReply() answers RevisionNotFound with the name that was asked for", async () => {
  const hub = await makeHub();
  for (const revision of ["none", "main/extra", "a".repeat(40)]) {
    const response = await hub.get(`/api/models/${REPO}/revision/${revision}`);
    strictEqual(response.status, 404);
    strictEqual(response.headers.get("x-error-code"), "RevisionNotFound");
    deepStrictEqual(await response.json(), { error: `Invalid rev id: ${revision}` });
  }
});

Deno.test("modelInfoReply() shows only what expand names", async () => {
  const hub = await makeHub();
  const info = await readJson<object>(
    await hub.get(`/api/models/${REPO}/revision/v1?expand=sha&expand=gated`),
  );
  deepStrictEqual(Object.keys(info), ["_id", "id", "sha", "gated"]);
  strictEqual((await hub.get(`/api/models/${REPO}?expand=color`)).status, 400);
});
