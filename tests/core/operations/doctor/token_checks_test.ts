import assert from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import { checkAccount, checkTokenPlace } from "../../../../core/operations/doctor/token_checks.ts";
import { ACCOUNT } from "../../../support/fake_manager.ts";

const VARIABLE = { source: "HF_TOKEN", file: undefined, mode: undefined } as const;
const FILE = { source: "/hf/token", file: "/hf/token", mode: 0o600 } as const;

Deno.test("checkTokenPlace() says where it is and who may read it", () => {
  assert.equal(checkTokenPlace(undefined).detail, "none: public models only");
  assert.deepEqual(checkTokenPlace(VARIABLE), { status: "ok", detail: "from HF_TOKEN" });
  assert.deepEqual(checkTokenPlace(FILE), { status: "ok", detail: 'from "/hf/token", mode 0600' });
  for (const mode of [0o644, 0o640, 0o604]) {
    const open = checkTokenPlace({ ...FILE, mode });
    assert.deepEqual([open.status, open.hints], ["warning", ['Keep it to yourself: chmod 600 "/hf/token"']]);
  }
  assert.equal(checkTokenPlace({ ...FILE, mode: undefined }).status, "ok");
});

Deno.test("checkAccount() says whose it is and what it may do", async () => {
  const whoAmI = (change = {}) => () => Promise.resolve({ ...ACCOUNT, ...change });
  const well = await checkAccount(FILE, whoAmI());
  assert.deepEqual([well.status, well.detail, well.more], ["ok", 'ada (token "laptop", read)', [
    "organizations: acme",
  ]]);
  assert.match((await checkAccount(FILE, whoAmI({ tokenRole: "write" }))).detail, /to read would be enough/);
  const bare = await checkAccount(FILE, whoAmI({ tokenName: undefined, tokenRole: undefined }));
  assert.equal(bare.detail, "ada");
  assert.equal((await checkAccount(undefined, whoAmI())).skipped, true);
});

Deno.test("checkAccount() says how a refused token is replaced, by where it is from", async () => {
  const refuse = (): Promise<never> => {
    const cause = new Error("401: the token is expired");
    return Promise.reject(new ModelManagerError("AUTHENTICATION_ERROR", "Refused", { cause }));
  };
  const hints = async (token: Parameters<typeof checkAccount>[0]) =>
    (await checkAccount(token, refuse)).hints?.[0];
  assert.match(await hints(VARIABLE) ?? "", /unset HF_TOKEN$/);
  assert.match(await hints(FILE) ?? "", /mm login$/);
  assert.match(await hints({ ...VARIABLE, source: "--token" }) ?? "", /mm doctor --token TOKEN$/);
  const finding = await checkAccount(FILE, refuse);
  assert.deepEqual([finding.status, finding.more], ["problem", ["401: the token is expired"]]);
  const limited = await checkAccount(
    FILE,
    () => Promise.reject(new ModelManagerError("RATE_LIMITED", "Too many", { hints: ["Wait"] })),
  );
  assert.equal(limited.status, "warning");
});
