/**
 * The workflows: what is released, from what, with which rights.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { parse } from "yaml";
import { TARGETS } from "../../packaging/targets.ts";
import { makeTempDir } from "../support/temp_dir.ts";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly include?: readonly Record<string, string>[] } };
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const read = async (path: string): Promise<string> => await readFile(at(path), "utf8");
const readWorkflow = async (name: string): Promise<Workflow> =>
  parse(await read(`.github/workflows/${name}`)) as Workflow;

const release = await readWorkflow("release.yml");
const ci = await readWorkflow("ci.yml");

function stepsOf({ jobs }: Workflow): readonly Step[] {
  return Object.values(jobs).flatMap(({ steps = [] }) => steps);
}

/** All jobs that have to succeed before one begins. */
function before(name: string): ReadonlySet<string> {
  const direct = [release.jobs[name]?.needs ?? []].flat();
  return new Set([...direct, ...direct.flatMap((one) => [...before(one)])]);
}

Deno.test("the release workflow makes the binaries that the compiler makes, each on its own system", () => {
  deepStrictEqual(
    release.jobs["binaries"]?.strategy?.matrix.include,
    TARGETS.map(({ name, runner }) => ({ target: name, runner })),
  );
  const scripts = release.jobs["binaries"]?.steps?.map(({ run = "" }) => run).join("\n") ?? "";
  match(scripts, /deno task compile --require --target "\$TARGET"/);
  match(scripts, /"\$program" demo$/m);
});

Deno.test("the release workflow begins with a tag, and publishes when everything else has succeeded", () => {
  deepStrictEqual(release.on, { push: { tags: ["v*"] } });
  strictEqual(release.jobs["test"]?.uses, "./.github/workflows/ci.yml");
  ok("workflow_call" in ci.on);
  for (const name of ["release", "npm", "jsr"]) {
    for (const needed of ["version", "test", "binaries", "packages"]) {
      ok(before(name).has(needed), `${name}: ${needed}`);
    }
  }
});

Deno.test("the jobs of a release have the rights that they need, no others, and no secret", async () => {
  deepStrictEqual(release.permissions, {});
  const reads = { contents: "read" };
  const rights = Object.entries(release.jobs).map(([name, { permissions }]) => [name, permissions]);
  deepStrictEqual(Object.fromEntries(rights), {
    version: reads,
    test: reads,
    binaries: reads,
    packages: reads,
    release: { contents: "write", "id-token": "write", attestations: "write" },
    npm: { contents: "read", "id-token": "write" },
    jsr: { contents: "read", "id-token": "write" },
  });
  deepStrictEqual(ci.permissions, reads);
  strictEqual((await read(".github/workflows/release.yml")).includes("secrets."), false);
});

Deno.test("the jobs of a release prove what they publish", () => {
  const { steps = [] } = release.jobs["release"] ?? {};
  const index = (part: string): number =>
    steps.findIndex(({ uses = "", run = "" }) => `${uses}\n${run}`.includes(part));
  const [checksums, provenance, published] = [
    "checksums.ts dist",
    "attest-build-provenance@",
    "gh release create",
  ]
    .map(index);
  ok(checksums !== undefined && provenance !== undefined && published !== undefined);
  ok(0 < checksums && checksums < provenance && provenance < published);
  strictEqual(steps[provenance]?.with?.["subject-path"], "dist/*");
  const npm = release.jobs["npm"]?.steps?.map(({ run = "" }) => run).join("\n") ?? "";
  match(npm, /npm publish --provenance/);
});

const ON_UNIX = { ignore: Deno.build.os === "windows" };

Deno.test("what is released for trial is not what everybody gets", ON_UNIX, async () => {
  await using dir = await makeTempDir();
  for (const name of ["gh", "npm", "tar"]) {
    await dir.write(`tools/${name}`, `#!/bin/sh\necho ${name} "$@"\n`);
    await Deno.chmod(dir.join("tools", name), 0o755);
  }
  await mkdir(dir.join("package"));
  const run = async (job: string, part: string, ref: string): Promise<string> => {
    const script = release.jobs[job]?.steps?.find(({ run = "" }) => run.includes(part))?.run ?? "";
    const { stdout } = await new Deno.Command("bash", {
      args: ["-ec", script],
      cwd: dir.path,
      env: { PATH: `${dir.join("tools")}:${Deno.env.get("PATH")}`, GITHUB_REF_NAME: ref },
    }).output();
    return new TextDecoder().decode(stdout);
  };
  doesNotMatch(await run("release", "gh release", "v1.2.3"), /--prerelease|--latest/);
  match(
    await run("release", "gh release", "v1.2.3-rc.1"),
    /^gh release create v1\.2\.3-rc\.1 .* --prerelease --latest=false$/m,
  );
  match(await run("npm", "npm publish", "v1.2.3"), /^npm publish .*--tag latest$/m);
  match(await run("npm", "npm publish", "v1.2.3-rc.1"), /^npm publish .*--tag next$/m);
});

Deno.test("workflows use what is pinned, and only what there is", async () => {
  const config = JSON.parse(await read("deno.json")) as { readonly tasks: Readonly<Record<string, unknown>> };
  const [, version] = /^DENO_VERSION=(.+)$/m.exec(await read(".ci/run")) ?? [];
  strictEqual(String(release.env?.["DENO_VERSION"]), version);
  match(await read(".github/workflows/ci.yml"), new RegExp(`deno@${version}`));
  for (const { uses, run = "" } of [...stepsOf(release), ...stepsOf(ci)]) {
    if (uses !== undefined) match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    // A tag's name in a script would be a part of the script.
    ok(!run.includes("${{"), run);
    for (const [, task = ""] of run.matchAll(/deno task (\S+)/g)) ok(task in config.tasks, task);
    for (const [path] of run.matchAll(/packaging\/[\w.]+/g)) ok((await read(path)).length > 0, path);
  }
});

Deno.test({
  name: "a released install script knows where it was released",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    for (const folder of ["packaging", "dist"]) await mkdir(dir.join(folder));
    for (const name of ["install.sh", "install.ps1"]) {
      await copyFile(at(`packaging/${name}`), dir.join("packaging", name));
    }
    const step = release.jobs["release"]?.steps?.find(({ run }) => run?.includes("install.sh") === true);
    const { code, stderr } = await new Deno.Command("bash", {
      args: ["-euo", "pipefail", "-c", step?.run ?? "exit 9"],
      cwd: dir.path,
      env: { GITHUB_SERVER_URL: "https://forge.test", GITHUB_REPOSITORY: "org/name" },
    }).output();
    strictEqual(code, 0, new TextDecoder().decode(stderr));
    const shell = await readFile(dir.join("dist", "install.sh"), "utf8");
    match(shell, /^RELEASES="https:\/\/forge\.test\/org\/name\/releases"$/m);
    const powershell = await readFile(dir.join("dist", "install.ps1"), "utf8");
    match(powershell, /^ {2}\$releases = 'https:\/\/forge\.test\/org\/name\/releases'$/m);
  },
});
