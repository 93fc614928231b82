import assert from "node:assert/strict";
import { type ImportEdge, PROGRAM, scanFiles } from "./source_scan.ts";

/** The rooms of `core/`, lowest first; rooms of one rank do not see each other. */
const RANKS: readonly (readonly string[])[] = [
  ["core/base"],
  ["core/platform"],
  ["core/http"],
  ["core/hub", "core/download", "core/library", "core/state", "core/config"],
  ["core/jobs", "core/server"],
  ["core/operations"],
  ["core/daemon"],
  ["core/app.ts"],
];

/** The room a file belongs to: a folder of `core/`, another top folder, or the file itself. */
function roomOf(path: string): string {
  const parts = path.split("/");
  if (parts[0] === "core") return parts.slice(0, 2).join("/");
  return parts[0] ?? path;
}

function rankOf(room: string): number {
  return RANKS.findIndex((rooms) => rooms.includes(room));
}

/** Whether `core/` may have this arrow: down the ranks, or within a room. */
function coreMaySee(from: string, to: string): boolean {
  return from === to || (rankOf(to) >= 0 && rankOf(to) < rankOf(from));
}

function workersMaySee(to: string): boolean {
  return to === "workers" || to === "core/download" || (rankOf(to) >= 0 && rankOf(to) <= 2);
}

/** The terminal knows the library surface, the composition root and the vocabulary; of all others only types. */
function cliMaySee(from: string, to: string, edge: ImportEdge): boolean {
  if (["cli", "mod.ts", "core/app.ts", "core/base"].includes(to)) return true;
  if (to === "workers") return from === "cli/run.ts";
  // The demo serves a Hub of its own.
  if (from === "cli/demo.ts" && to === "core/server") return true;
  return edge.kind === "type" && to.startsWith("core/");
}

function maySee(from: string, edge: ImportEdge): boolean {
  const fromRoom = roomOf(from);
  const to = roomOf(edge.target);
  if (fromRoom.startsWith("core/")) return coreMaySee(fromRoom, to);
  if (fromRoom === "workers") return workersMaySee(to);
  if (fromRoom === "cli") return cliMaySee(from, to, edge);
  if (fromRoom === "mod.ts") return to.startsWith("core/") || to === "workers" || edge.target === "main.ts";
  return to.startsWith("core/") || ["workers", "cli", "mod.ts"].includes(to);
}

const files = scanFiles(PROGRAM);

Deno.test("every import runs down the layers", () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter((edge) => /\.tsx?$/.test(edge.target) && !edge.target.includes(":"))
      .filter((edge) => !maySee(path, edge))
      .map(({ kind, target, line }) => `${path}:${line} sees ${target} (${kind})`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("every file of core/ lives in a room of the house", () => {
  const homeless = files.map(({ path }) => path)
    .filter((path) => path.startsWith("core/") && rankOf(roomOf(path)) < 0);
  assert.deepEqual(homeless, []);
});

Deno.test("nothing but main.ts and cli/ itself imports cli/", () => {
  const wrong = files
    .filter(({ path }) => path !== "main.ts" && !path.startsWith("cli/"))
    .flatMap(({ path, imports }) =>
      imports.filter(({ target }) => target.startsWith("cli/")).map(({ line }) => `${path}:${line}`)
    );
  assert.deepEqual(wrong, []);
});

Deno.test("the program does not import its tests or measurements", () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports.filter(({ target }) => /^(?:tests|bench)\//.test(target)).map(({ line }) => `${path}:${line}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("the layers hold in their own terms", () => {
  const edge = (target: string, kind: ImportEdge["kind"] = "value"): ImportEdge => ({
    kind,
    target,
    line: 1,
  });
  assert.ok(files.length > 10, "the scan finds the program");
  assert.ok(maySee("core/http/retry.ts", edge("core/base/clock.ts")));
  assert.ok(!maySee("core/base/clock.ts", edge("core/http/retry.ts")));
  assert.ok(!maySee("core/hub/client.ts", edge("core/download/events.ts", "type")));
  assert.ok(!maySee("core/app.ts", edge("workers/spawn.ts")));
  assert.ok(!maySee("workers/spawn.ts", edge("core/hub/client.ts")));
  assert.ok(maySee("cli/commands/pull.ts", edge("core/download/events.ts", "type")));
  assert.ok(!maySee("cli/commands/pull.ts", edge("core/download/events.ts")));
  assert.ok(!maySee("mod.ts", edge("cli/run.ts", "dynamic")));
});
