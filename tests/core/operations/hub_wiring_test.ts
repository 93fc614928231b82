import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Notifier } from "../../../core/base/notifier.ts";
import { HubAccess, type HubParts, type HubSurroundings } from "../../../core/operations/hub_wiring.ts";
import { ApiCache } from "../../../core/state/api_cache.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const OURS = "hf_oursoursoursoursoursoursoursours";
const THEIRS = "hf_theirstheirstheirstheirstheirsth";

interface Scene {
  readonly access: HubAccess;
  /** URL and token of every request. */
  readonly asked: readonly (readonly [string, string | null])[];
  readonly notices: readonly string[];
}

function openAccess(
  dir: TempDir,
  surroundings: Partial<HubSurroundings> = {},
  apiCache: HubParts["apiCache"] = () => Promise.reject(new Error("The store is locked")),
): Scene {
  const asked: [string, string | null][] = [];
  const told: string[] = [];
  const notices = new Notifier<string>();
  notices.subscribe((message) => told.push(message));
  const access = new HubAccess({
    settings: { endpoint: "https://hub.test", mirrors: [], cache: { duration: 3600 } },
    environment: {},
    fetch: (input, init) => {
      const request = new Request(input, init);
      asked.push([request.url, request.headers.get("authorization")]);
      return Promise.resolve(Response.json({ type: "user", name: "ada", orgs: [] }));
    },
    ...surroundings,
  }, {
    clock: new TestClock(),
    userAgent: "test",
    settings: { maxRetries: 0 },
    tokenPlaces: { environment: { HF_HOME: dir.path }, home: dir.path },
    waits: new Notifier(),
    notices,
    apiCache,
  });
  return { access, asked, notices: told };
}

Deno.test("HubAccess.hub() asks with the token of the options, made once, and without the store when it is locked", async () => {
  await using dir = await makeTempDir();
  const { access, asked } = openAccess(dir, { token: OURS });
  const hub = await access.hub();
  strictEqual((await hub.whoAmI()).name, "ada");
  deepStrictEqual(asked, [["https://hub.test/api/whoami-v2", `Bearer ${OURS}`]]);
  strictEqual(await access.hub(), hub);
});

Deno.test("HubAccess.hub() keeps replies in the store", async () => {
  await using dir = await makeTempDir();
  using kv = await Deno.openKv(":memory:");
  const { access } = openAccess(dir, {
    token: OURS,
    fetch: () => Promise.resolve(Response.json({ branches: [], converts: [], tags: [] })),
  }, () => Promise.resolve(new ApiCache(kv)));
  await (await access.hub()).listRefs("acme/m");
  strictEqual((await new ApiCache(kv).info()).entries, 1);
});

Deno.test("HubAccess.hub() throws at once what the store throws: the program was disposed", async () => {
  await using dir = await makeTempDir();
  const { access } = openAccess(dir, {}, () => {
    throw new TypeError("disposed");
  });
  await rejects(access.hub(), /disposed/);
});

Deno.test("HubAccess.ownToken() is that of the options, then the one on the disk", async () => {
  await using dir = await makeTempDir();
  strictEqual(await openAccess(dir).access.ownToken(), undefined);
  await writeFile(dir.join("token"), THEIRS);
  strictEqual(await openAccess(dir).access.ownToken(), THEIRS);
  strictEqual(await openAccess(dir, { token: OURS }).access.ownToken(), OURS);
});

Deno.test("HubAccess.hubWithToken() asks for somebody else, otherHub() without any token", async () => {
  await using dir = await makeTempDir();
  const { access, asked } = openAccess(dir, { token: OURS });
  await (await access.hubWithToken(THEIRS)).whoAmI();
  await (await access.otherHub("https://other.test")).listRefs("acme/m").catch(() => {});
  deepStrictEqual(asked.map(([url, token]) => [new URL(url).host, token]), [
    ["hub.test", `Bearer ${THEIRS}`],
    ["other.test", null],
  ]);
});

Deno.test("HubAccess asks nothing of the network when it is offline", async () => {
  await using dir = await makeTempDir();
  const { access, asked } = openAccess(dir, { token: OURS, offline: true });
  await rejects((await access.hub()).whoAmI(), { code: "OFFLINE" });
  deepStrictEqual(asked, []);
});

Deno.test("HubAccess tells once what the Hub says beside its answers, whoever asked", async () => {
  await using dir = await makeTempDir();
  const { access, notices } = openAccess(dir, {
    token: OURS,
    fetch: () =>
      Promise.resolve(
        Response.json({ type: "user", name: "ada", orgs: [] }, {
          headers: { "x-hf-warning": "Token; Your token ends in May" },
        }),
      ),
  });
  await (await access.hub()).whoAmI();
  await (await access.hubWithToken(THEIRS)).whoAmI();
  deepStrictEqual(notices, ['"hub.test" says: Your token ends in May']);
});
