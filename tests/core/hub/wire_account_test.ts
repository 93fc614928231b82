import { deepStrictEqual, throws } from "node:assert/strict";
import { decodeAccount, decodeRefs } from "../../../core/hub/wire_account.ts";
import { COMMIT } from "./hub_fixtures.ts";

Deno.test("decodeAccount() reads whoami", () => {
  deepStrictEqual(
    decodeAccount({
      type: "user",
      name: "ann",
      fullname: "Ann\x1b[31m A.",
      email: "ann@example.test",
      orgs: [{ name: "acme" }, { name: "lab" }],
      auth: { type: "access_token", accessToken: { displayName: "laptop", role: "read" } },
    }),
    {
      name: "ann",
      fullName: "Ann A.",
      email: "ann@example.test",
      organizations: ["acme", "lab"],
      tokenName: "laptop",
      tokenRole: "read",
    },
  );
});

Deno.test("decodeAccount() does without everything but the name", () => {
  deepStrictEqual(decodeAccount({ name: "ann" }), {
    name: "ann",
    fullName: undefined,
    email: undefined,
    organizations: [],
    tokenName: undefined,
    tokenRole: undefined,
  });
  throws(() => decodeAccount({}), /"name" is missing, wanted a text/);
});

Deno.test("decodeRefs() reads branches and tags", () => {
  const ref = (name: string) => ({ name, ref: `refs/heads/${name}`, targetCommit: COMMIT });
  deepStrictEqual(decodeRefs({ branches: [ref("main")], converts: [], tags: [ref("v1")] }), {
    branches: [{ name: "main", commit: COMMIT }],
    tags: [{ name: "v1", commit: COMMIT }],
  });
  deepStrictEqual(decodeRefs({}), { branches: [], tags: [] });
  throws(() => decodeRefs({ tags: [{ name: "v1", targetCommit: "x" }] }), /"tags\[0\]\.targetCommit"/);
});
