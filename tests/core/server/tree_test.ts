import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { BIG, makeHub, readJson, REPO } from "./hub_fixture.ts";

interface Entry {
  readonly type: string;
  readonly oid: string;
  readonly size: number;
  readonly path: string;
  readonly lfs?: { readonly oid: string; readonly size: number; readonly pointerSize: number };
  readonly lastCommit?: { readonly id: string; readonly title: string; readonly date: string };
  readonly securityFileStatus?: object;
}

const TREE = `/api/models/${REPO}/tree`;

async function paths(response: Promise<Response>): Promise<string[]> {
  return (await readJson<Entry[]>(await response)).map((entry) => `${entry.type[0]} ${entry.path}`);
}

Deno.test("treeReply() lists the root, a folder, and everything below", async () => {
  const hub = await makeHub();
  const root = ["f README.md", "f empty.txt", "d sub", `f ${BIG}`];
  deepStrictEqual(await paths(hub.get(`${TREE}/main`)), root);
  deepStrictEqual(await paths(hub.get(`${TREE}/main/?recursive=false`)), root);
  deepStrictEqual(await paths(hub.get(`${TREE}/main/sub`)), ["d sub/deep", "f sub/ü & #1.txt"]);
  deepStrictEqual(await paths(hub.get(`${TREE}/main/sub/deep`)), ["f sub/deep/notes.txt"]);
  deepStrictEqual(await paths(hub.get(`${TREE}/main?recursive=true`)), [
    "f README.md",
    "f empty.txt",
    "d sub",
    "d sub/deep",
    "f sub/deep/notes.txt",
    "f sub/ü & #1.txt",
    `f ${BIG}`,
  ]);
  deepStrictEqual(await paths(hub.get(`${TREE}/feature/x/sub/deep`)), ["f sub/deep/notes.txt"]);
  deepStrictEqual(await paths(hub.get(`${TREE}/refs/pr/1/sub/deep`)), ["f sub/deep/notes.txt"]);
});

Deno.test("treeReply() shows LFS files with their real size, and folders with a name of their content", async () => {
  const hub = await makeHub();
  const entries = await readJson<Entry[]>(await hub.get(`${TREE}/main`));
  const big = entries.find((entry) => entry.path === BIG);
  strictEqual(big?.lfs?.size, big?.size);
  match(big?.lfs?.oid ?? "", /^[0-9a-f]{64}$/);
  match(big?.oid ?? "", /^[0-9a-f]{40}$/);
  strictEqual(big?.lastCommit, undefined);
  const small = entries.find((entry) => entry.path === "README.md");
  strictEqual(small !== undefined && "lfs" in small, false);
  match(entries.find((entry) => entry.type === "directory")?.oid ?? "", /^[0-9a-f]{40}$/);
});

Deno.test("treeReply() adds what clients insist on with expand=true", async () => {
  const hub = await makeHub();
  const entries = await readJson<Entry[]>(await hub.get(`${TREE}/main?expand=true`));
  const file = entries.find((entry) => entry.type === "file");
  strictEqual(file?.lastCommit?.id, hub.commit);
  strictEqual(new Date(file?.lastCommit?.date ?? "").toISOString(), file?.lastCommit?.date);
  for (const key of ["status", "avScan", "pickleImportScan"]) {
    strictEqual(key in (file?.securityFileStatus ?? {}), true);
  }
});

Deno.test("treeReply() pages by absolute links until all entries were shown once", async () => {
  const hub = await makeHub({ pageSize: 2, endpoint: () => "http://hub.test" });
  const seen: string[] = [];
  let path: string | undefined = `${TREE}/main?recursive=true`;
  let pages = 0;
  while (path !== undefined) {
    const response: Response = await hub.get(path);
    seen.push(...(await readJson<Entry[]>(response)).map((entry) => entry.path));
    const next: string | undefined = /^<http:\/\/hub\.test(\/[^>]*)>; rel="next"$/.exec(
      response.headers.get("link") ?? "",
    )?.[1];
    path = next;
    pages++;
  }
  strictEqual(pages, 4);
  strictEqual(seen.length, 7);
  strictEqual(new Set(seen).size, 7);
});

Deno.test("treeReply() answers EntryNotFound with the commit when there is no such folder", async () => {
  const hub = await makeHub();
  for (const path of ["none", "sub/dee", "README.md"]) {
    const response = await hub.get(`${TREE}/main/${path}`);
    strictEqual(response.status, 404, path);
    strictEqual(response.headers.get("x-error-code"), "EntryNotFound");
    strictEqual(response.headers.get("x-repo-commit"), hub.commit);
  }
});

const PATHS = `/api/models/${REPO}/paths-info/main`;

function post(hub: Awaited<ReturnType<typeof makeHub>>, type: string, body: string): Promise<Response> {
  return hub.get(PATHS, { method: "POST", body, headers: { "content-type": type } });
}

Deno.test("pathsInfoReply() reads JSON and forms and leaves missing paths out", async () => {
  const hub = await makeHub();
  const json = await post(
    hub,
    "application/json",
    JSON.stringify({ paths: [BIG, "none", "sub", "README.md"] }),
  );
  deepStrictEqual(await paths(Promise.resolve(json)), [`f ${BIG}`, "d sub", "f README.md"]);
  const form = await post(
    hub,
    "application/x-www-form-urlencoded",
    "paths=sub%2F%C3%BC+%26+%231.txt&paths=none&expand=true",
  );
  const [entry, ...others] = await readJson<Entry[]>(form);
  strictEqual(entry?.path, "sub/ü & #1.txt");
  strictEqual(entry?.lastCommit?.id, hub.commit);
  deepStrictEqual(others, []);
  deepStrictEqual(await paths(post(hub, "application/json", '{"paths":"README.md"}')), ["f README.md"]);
});

Deno.test("pathsInfoReply() refuses bodies it cannot read, too many paths and other methods", async () => {
  const hub = await makeHub();
  for (const body of ["", "{", "[]", '{"paths":[1]}', JSON.stringify({ paths: Array(2001).fill("a") })]) {
    strictEqual((await post(hub, "application/json", body)).status, 400, body.slice(0, 20));
  }
  const response = await hub.get(PATHS);
  strictEqual(response.status, 405);
  strictEqual(response.headers.get("allow"), "POST");
});
