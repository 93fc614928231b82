import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  BIG,
  GATED,
  makeHub,
  MEMBER,
  OWNER,
  PENDING,
  PRIVATE,
  readJson,
  REJECTED,
  REPO,
  STRANGER,
} from "./hub_fixture.ts";

/** Status, code and message of a refusal. */
async function verdict(response: Response): Promise<readonly [number, string | null, string | null]> {
  await response.body?.cancel();
  const { headers } = response;
  return [response.status, headers.get("x-error-code"), headers.get("x-error-message")];
}

const NO_LOGIN = [401, null, "Invalid username or password."] as const;
const NO_REPO = [404, "RepoNotFound", "Repository not found"] as const;

Deno.test("identifyCaller() refuses a bad token even for a public repository, without a code", async () => {
  const hub = await makeHub();
  for (
    const path of [`/api/models/${REPO}`, "/api/models", `/${REPO}/resolve/main/${BIG}`, "/api/whoami-v2"]
  ) {
    const response = await hub.get(path, { token: "hf_unknown" });
    strictEqual(
      response.headers.get("www-authenticate"),
      'Bearer realm="Authentication required", charset="UTF-8"',
    );
    deepStrictEqual(await verdict(response), NO_LOGIN, path);
  }
  const basic = await hub.get("/api/models", { headers: { authorization: "Basic abc" } });
  deepStrictEqual(await verdict(basic), NO_LOGIN);
});

Deno.test("identifyCaller() ignores any token when there are no rules", async () => {
  const hub = await makeHub({ open: true });
  strictEqual((await hub.get(`/api/models/${PRIVATE}`, { token: "hf_anything" })).status, 200);
  strictEqual((await hub.get(`/api/models/${GATED}/auth-check`)).status, 200);
  strictEqual((await hub.get(`/${GATED}/resolve/main/${BIG}`, { token: "hf_anything" })).status, 302);
});

Deno.test("maySee() hides private repositories like missing ones, from lists too", async () => {
  const hub = await makeHub();
  for (const repo of [PRIVATE, "acme/none", "none"]) {
    for (
      const path of [`/api/models/${repo}`, `/api/models/${repo}/tree/main`, `/${repo}/resolve/main/${BIG}`]
    ) {
      deepStrictEqual(await verdict(await hub.get(path)), NO_LOGIN, path);
      deepStrictEqual(await verdict(await hub.get(path, { token: STRANGER })), NO_REPO, path);
    }
  }
  for (const token of [MEMBER, OWNER]) {
    strictEqual((await hub.get(`/api/models/${PRIVATE}`, { token })).status, 200);
    const list = await readJson<{ id: string }[]>(await hub.get("/api/models", { token }));
    strictEqual(list.some((model) => model.id === PRIVATE), true);
  }
  const list = await readJson<{ id: string }[]>(await hub.get("/api/models", { token: STRANGER }));
  deepStrictEqual(list.map((model) => model.id).sort(), [GATED, REPO]);
});

Deno.test("fileRefusal() words each state of a gate as the Hub does", async () => {
  const hub = await makeHub();
  const restricted = `Access to model ${GATED} is restricted`;
  const cases = [
    [
      undefined,
      401,
      `${restricted}. You must have access to it and be authenticated to access it. Please log in.`,
    ],
    [
      STRANGER,
      403,
      `${restricted} and you are not in the authorized list. Visit https://huggingface.co/${GATED} to ask for access.`,
    ],
    [PENDING, 403, `Your request to access model ${GATED} is awaiting a review from the repo authors.`],
    [REJECTED, 403, `Your request to access model ${GATED} has been rejected by the repo's authors.`],
  ] as const;
  for (const [token, status, message] of cases) {
    const asked = token === undefined ? {} : { token };
    for (
      const path of [
        `/${GATED}/resolve/main/${BIG}`,
        `/${GATED}/raw/main/README.md`,
        `/api/models/${GATED}/auth-check`,
      ]
    ) {
      deepStrictEqual(await verdict(await hub.get(path, asked)), [status, "GatedRepo", message], path);
    }
    strictEqual((await hub.get(`/api/models/${GATED}`, asked)).status, 200);
  }
  for (const token of [MEMBER, OWNER]) {
    strictEqual((await hub.get(`/api/models/${GATED}/auth-check`, { token })).status, 200);
  }
});

Deno.test("fileRefusal() stands before revision and path, so that a gate tells nothing", async () => {
  const hub = await makeHub();
  for (const path of ["resolve/none/x.gguf", "resolve/main/absent", "resolve/none/README.txt"]) {
    strictEqual((await verdict(await hub.get(`/${GATED}/${path}`)))[1], "GatedRepo", path);
  }
  strictEqual(
    (await verdict(await hub.get(`/${GATED}/resolve/none/x`, { token: MEMBER })))[1],
    "RevisionNotFound",
  );
});

Deno.test("isOpenToAll() shows the card of a gated repository, at its root only", async () => {
  const hub = await makeHub();
  const card = await hub.get(`/${GATED}/resolve/main/README.md`);
  strictEqual(card.status, 200);
  strictEqual(await card.text(), "card");
  for (const path of ["sub/README.md", "config.json", BIG]) {
    strictEqual((await hub.get(`/${GATED}/resolve/main/${path}`)).status, 401, path);
  }
});

Deno.test("the tree and the info of a gated repository hide digests from those without access", async () => {
  const hub = await makeHub();
  type Entry = { path: string; lfs?: { oid: string } };
  type Info = { siblings: { rfilename: string; lfs?: { sha256: string } }[] };
  const hidden = "*".repeat(64);
  for (const [token, masked] of [[undefined, true], [STRANGER, true], [MEMBER, false]] as const) {
    const asked = token === undefined ? {} : { token };
    const tree = await readJson<Entry[]>(await hub.get(`/api/models/${GATED}/tree/main`, asked));
    strictEqual(tree.find((entry) => entry.path === BIG)?.lfs?.oid === hidden, masked);
    const info = await readJson<Info>(await hub.get(`/api/models/${GATED}?blobs=true`, asked));
    strictEqual(info.siblings.find((file) => file.rfilename === BIG)?.lfs?.sha256 === hidden, masked);
  }
});
