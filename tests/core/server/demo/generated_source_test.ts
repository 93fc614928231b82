import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { textFile } from "../../../../core/server/demo/generated_file.ts";
import {
  commitId,
  type GeneratedModel,
  GeneratedSource,
} from "../../../../core/server/demo/generated_source.ts";

const REPO = "acme/x";

function makeModel(changes: Partial<GeneratedModel> = {}): GeneratedModel {
  return {
    facts: { id: REPO, lastModified: "", createdAt: "", tags: [], gated: false, private: false },
    commits: [0, 1].map((number) => ({
      id: commitId(REPO, number),
      files: () => [textFile("a.txt", `${number}`)],
    })),
    tags: { v1: commitId(REPO, 0) },
    ...changes,
  };
}

Deno.test("GeneratedSource finds a commit by every kind of name", async () => {
  const source = new GeneratedSource([makeModel({ pullRequests: { 3: commitId(REPO, 0) } })]);
  const [first, last] = [commitId(REPO, 0), commitId(REPO, 1)];
  for (const name of ["main", "HEAD", "refs/heads/main", last]) {
    strictEqual(await source.commit(REPO, name), last, name);
  }
  for (const name of ["v1", "refs/tags/v1", "refs/pr/3", first]) {
    strictEqual(await source.commit(REPO, name), first, name);
  }
  for (const name of ["none", "refs/pr/4", "toString", ""]) {
    strictEqual(await source.commit(REPO, name), undefined, name);
  }
  strictEqual(await source.commit("acme/none", "main"), undefined);
});

Deno.test("GeneratedSource makes the files of a commit once, and again after a failure", async () => {
  let made = 0;
  const files = (): Promise<ReturnType<typeof textFile>[]> => {
    made++;
    return made === 1 ? Promise.reject(new Error("not now")) : Promise.resolve([textFile("a.txt", "x")]);
  };
  const commit = commitId(REPO, 0);
  const source = new GeneratedSource([makeModel({ commits: [{ id: commit, files }] })]);
  await rejects(source.files({ repo: REPO, commit }), /not now/);
  strictEqual((await source.files({ repo: REPO, commit })).length, 1);
  await source.files({ repo: REPO, commit });
  strictEqual(made, 2);
  deepStrictEqual(await source.files({ repo: REPO, commit: "f".repeat(40) }), []);
});

Deno.test("GeneratedSource.open() streams a range and refuses what is not there", async () => {
  const source = new GeneratedSource([makeModel()]);
  const address = { repo: REPO, commit: commitId(REPO, 1), path: "a.txt" };
  strictEqual(await new Response(await source.open(address, { start: 0, end: 1 })).text(), "1");
  await rejects(source.open({ ...address, path: "b.txt" }, { start: 0, end: 1 }));
});

Deno.test("GeneratedSource.set() puts a newer state in the place of the old one", async () => {
  const source = new GeneratedSource([makeModel()]);
  const third = { id: commitId(REPO, 2), files: () => [textFile("b.txt", "new")] };
  source.set(makeModel({ commits: [...makeModel().commits, third], formerNames: ["acme/old"] }));
  strictEqual(await source.commit(REPO, "main"), third.id);
  strictEqual(await source.renamedTo("acme/old"), REPO);
  strictEqual((await source.models()).length, 1);
});
