import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  type CleanupFacts,
  type CleanupItem,
  type JournalFacts,
  type LeftoverFile,
  type LeftoverFolder,
  planCleanup,
} from "../../../core/library/cleanup_plan.ts";
import { type LeftoverKind, parseLeftoverName } from "../../../core/library/leftover_names.ts";

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const LIMITS = { nowMs: NOW, ageMs: 30 * DAY };
const A = "a".repeat(64);
const FOLDER = "/models/acme/m/.cache";
const SOUND: JournalFacts = { state: "sound", sizeBytes: 1000, isComplete: false };

function file(name: string, change: Partial<LeftoverFile> = {}): LeftoverFile {
  const parsed = parseLeftoverName(name);
  assert.ok(parsed, name);
  const facts = { sizeBytes: 1000, freesBytes: 400, modifiedAtMs: NOW - DAY, linkCount: 1 };
  return { ...parsed, path: join(FOLDER, name), ...facts, ...change };
}

function folder(files: readonly LeftoverFile[], change: Partial<LeftoverFolder> = {}): LeftoverFolder {
  return { path: FOLDER, files, journals: new Map(), busy: new Set(), neededPieces: new Set(), ...change };
}

function plan(given: LeftoverFolder, change: Partial<CleanupFacts> = {}): readonly CleanupItem[] {
  return planCleanup({ folders: [given], strays: [], nameCounts: new Map(), ...change }, LIMITS);
}

/** Each as `name: reason`. */
function reasons(items: readonly CleanupItem[]): string[] {
  return items.map(({ path, reason }) => `${path.slice(path.lastIndexOf(".cache") + 7)}: ${reason}`);
}

const journalled = (journal: JournalFacts = SOUND) => ({ journals: new Map([[A, journal]]) });

Deno.test("planCleanup() takes what is of no use whatever its age, with the lock that guards it", () => {
  const items = plan(folder([
    file(`${A}.bad`),
    file(`${A}.lock`),
    file(`.${A}.journal.tmp`),
    file(`${A}.0a1b2c3d.11111111.part`),
    file("0a1b2c3d.claim"),
  ]));
  assert.deepEqual(reasons(items), [
    `${A}.bad: quarantined`,
    `${A}.lock: stale-lock`,
    `.${A}.journal.tmp: temporary`,
    `${A}.0a1b2c3d.11111111.part: abandoned`,
    "0a1b2c3d.claim: abandoned",
  ]);
  assert.equal(items[0]?.bytes, 400);
  assert.deepEqual([...new Set(items.map((item) => item.lockPath))], [
    join(FOLDER, `${A}.lock`),
    join(FOLDER, "0a1b2c3d.lock"),
  ]);
});

Deno.test("planCleanup() leaves alone all that a living process has the lock of", () => {
  const files = [`${A}.bad`, `${A}.part`, `${A}.lock`, `.${A}.journal.tmp`].map((name) => file(name));
  assert.deepEqual(plan(folder(files, { busy: new Set([A]) })), []);
});

Deno.test("planCleanup() keeps a download that somebody may go on with, until it is old", () => {
  const files = (ageMs: number) => [
    file(`${A}.part`, { modifiedAtMs: NOW - ageMs }),
    file(`${A}.journal`, { modifiedAtMs: NOW - ageMs - DAY }),
  ];
  assert.deepEqual(plan(folder(files(29 * DAY), journalled())), []);
  assert.deepEqual(reasons(plan(folder(files(30 * DAY), journalled()))), [
    `${A}.part: interrupted`,
    `${A}.journal: interrupted`,
  ]);
  assert.deepEqual(plan(folder(files(-DAY), journalled())), [], "the clock was set back");
  const newer = journalled({ state: "unknown", sizeBytes: undefined, isComplete: false });
  assert.deepEqual(plan(folder(files(DAY), newer)), [], "of a program that is newer");
});

Deno.test("planCleanup() takes data that nobody can go on with at once", () => {
  const part = file(`${A}.part`);
  const journal = file(`${A}.journal`);
  const cases: readonly (readonly [LeftoverFolder, string])[] = [
    [folder([part]), "data-without-journal"],
    [folder([journal], journalled()), "journal-without-data"],
    [folder([part, journal], journalled({ ...SOUND, state: "damaged" })), "damaged"],
    [folder([part, journal], journalled({ ...SOUND, sizeBytes: 999 })), "damaged"],
    [folder([{ ...part, linkCount: 2 }, journal], journalled({ ...SOUND, isComplete: true })), "published"],
  ];
  for (const [given, reason] of cases) {
    assert.deepEqual([...new Set(plan(given).map((item) => item.reason))], [reason]);
  }
  const copied = folder([{ ...part, linkCount: 2 }, journal], journalled());
  assert.deepEqual(plan(copied), [], "somebody has a copy of half a download");
});

Deno.test("planCleanup() takes pieces that the registry does not want, when it can tell", () => {
  const pieces = [file(`${A}.pieces`)];
  assert.deepEqual(reasons(plan(folder(pieces))), [`${A}.pieces: unused-pieces`]);
  assert.deepEqual(plan(folder(pieces, { neededPieces: new Set([A]) })), []);
  assert.deepEqual(plan(folder(pieces, { neededPieces: undefined })), []);
});

Deno.test("planCleanup() takes what has no lock only when no write could last so long", () => {
  const names = [".0a1b2c3d.tmp", `${A}.0a1b2c3d.part`];
  const aged = (ageMs: number) => folder(names.map((name) => file(name, { modifiedAtMs: NOW - ageMs })));
  assert.deepEqual(plan(aged(59_000)), []);
  assert.deepEqual(plan(aged(60_000)).map((item) => item.reason), ["temporary", "abandoned"]);
});

Deno.test("planCleanup() takes stray files by their kind", () => {
  const stray = { freesBytes: 5, modifiedAtMs: NOW, lockPath: undefined };
  const strays = [
    { ...stray, path: "/c/.config.json.0a1b2c3d.tmp", kind: "temporary" as const },
    {
      ...stray,
      path: "/m/.registry.json.tmp",
      kind: "temporary" as const,
      lockPath: "/m/registry.json.lock",
    },
    { ...stray, path: "/m/registry.json.damaged-x", kind: "damaged" as const },
  ];
  const paths = (ageMs: number): string[] =>
    plan(folder([]), { strays: strays.map((each) => ({ ...each, modifiedAtMs: NOW - ageMs })) })
      .map(({ path }) => path);
  assert.deepEqual(paths(0), ["/m/.registry.json.tmp"]);
  assert.deepEqual(paths(DAY), ["/c/.config.json.0a1b2c3d.tmp", "/m/.registry.json.tmp"]);
  assert.equal(paths(30 * DAY).length, 3);
});

Deno.test("planCleanup() takes folders in which nothing is left, the inner ones first", () => {
  const counts = (inCache: number, inModel: number, inOwner: number): CleanupFacts["nameCounts"] =>
    new Map([
      ["/models/acme", { names: inOwner, kind: "owner" }],
      ["/models/acme/m", { names: inModel, kind: "inner" }],
      [FOLDER, { names: inCache, kind: "inner" }],
    ]);
  const empty = (nameCounts: CleanupFacts["nameCounts"]): string[] =>
    plan(folder([file(`${A}.bad`)]), { nameCounts })
      .filter((item) => item.reason === "empty-folder").map((item) => item.path);
  assert.deepEqual(empty(counts(1, 1, 1)), [FOLDER, "/models/acme/m", "/models/acme"]);
  assert.deepEqual(empty(counts(1, 2, 1)), [FOLDER]);
  assert.deepEqual(empty(counts(2, 1, 1)), []);
  assert.deepEqual(empty(new Map([["/models/mine", { names: 0, kind: "owner" }]])), [], "it may be anything");
});

const KINDS: readonly LeftoverKind[] = [
  "data",
  "small-data",
  "journal",
  "pieces",
  "quarantine",
  "lock",
  "claim",
];

Deno.test("planCleanup() never takes what is busy, and nothing twice, whatever lies about", () => {
  const anyFile = fc.record({
    kind: fc.constantFrom(...KINDS),
    key: fc.constantFrom("k1", "k2", "k3"),
    name: fc.nat(20),
    modifiedAtMs: fc.integer({ min: 0, max: 2 * NOW }),
    sizeBytes: fc.nat(5),
    linkCount: fc.integer({ min: 1, max: 2 }),
  }).map(({ name, ...facts }): LeftoverFile => ({ ...facts, path: `${FOLDER}/${name}`, freesBytes: 1 }));
  fc.assert(fc.property(fc.uniqueArray(anyFile, { selector: (each) => each.path }), (files) => {
    const items = plan(folder(files, { busy: new Set(["k1"]), journals: new Map([["k2", SOUND]]) }));
    const busy = new Set(files.filter((each) => each.key === "k1").map((each) => each.path));
    assert.ok(items.every((item) => !busy.has(item.path)));
    assert.equal(new Set(items.map((item) => item.path)).size, items.length);
  }));
});
