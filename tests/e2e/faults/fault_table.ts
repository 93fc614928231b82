/**
 * The fault table: plays every row and prints what came of it. `deno task faults [PART OF A NAME]`.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import type { DownloadEvent } from "../../../core/download/events.ts";
import { type FaultCase, FILES, LARGE_BYTES, TARGETS } from "./fault_case.ts";
import { FAULT_CASES } from "./fault_cases.ts";
import { type CaseOutcome, endThreads, errorText, playCase, startThreads } from "./scene.ts";

/** Waits are shorter by this factor. */
const HASTE = 25;
/** The same for what has not passed: on a busy machine everything looks stuck to a clock that hurries. */
const LESS_HASTE = [5, 2];
/** Rows at a time. */
const LANES = 6;

type Target = keyof typeof TARGETS;

/** One line of the table. */
export interface FaultLine {
  readonly name: string;
  readonly target: Target;
  /** `survived`, or the code of the failure that had to come; `NOT SURVIVED` when something else came. */
  readonly outcome: string;
  readonly passed: boolean;
  readonly retries: number;
  readonly fetchedAgain: number;
  readonly elapsedMs: number;
  /** Why it did not pass. */
  readonly problem: string | undefined;
}

/** Whatever was said on the way. */
function said({ first }: CaseOutcome): string {
  const ofEvent = (event: DownloadEvent): string[] => {
    if (event.type === "retrying") return [event.error.message, ...event.error.causes];
    return event.type === "waiting" ? [event.message] : [];
  };
  return [...first.notices, ...first.events.flatMap(ofEvent)].join("\n");
}

function checkSurvival(row: FaultCase, target: Target, outcome: CaseOutcome): void {
  const { expected } = row;
  if (!expected.survives) return;
  const { first, right } = outcome;
  assert.equal(first.result.error, undefined, `failed: ${errorText(first.result.error)}`);
  assert.deepEqual([...right].sort(), FILES.map(({ path }) => path).sort(), "not everything is there");
  if (expected.says !== undefined) assert.match(said(outcome), expected.says);
  if (expected.resolves !== undefined) {
    assert.equal(outcome.resolves, expected.resolves, "questions for its place");
  }
  if (expected.fromMirror === true) assert.ok(outcome.mirrorRequests > 0, "nothing came from the mirror");
  if (target === "large" && expected.beginsAnew !== true) {
    assert.ok(outcome.fetchedAgain < LARGE_BYTES * 0.6, `fetched ${outcome.fetchedAgain} bytes again`);
  }
}

function checkFailure(row: FaultCase, target: Target, outcome: CaseOutcome): void {
  const { expected } = row;
  if (expected.survives) return;
  const { first, second, right } = outcome;
  const { error } = first.result;
  assert.equal(first.result.status, "failed", "it did not fail");
  assert.equal(error?.code, expected.code, errorText(error));
  assert.match([error?.message, ...error?.causes ?? []].join("\n"), expected.message);
  assert.match(error?.hints.join("\n") ?? "", expected.hint);
  assert.doesNotMatch(errorText(error), /secret|Signature=(?!REDACTED)/);
  assert.ok(!right.has(TARGETS[target]), "published all the same");
  if (second === undefined) return;
  assert.equal(second.result.error, undefined, `then failed: ${errorText(second.result.error)}`);
  if (expected.keeps === true) assert.ok(second.result.bytesResumed > 0, "nothing was kept");
}

interface Play {
  readonly row: FaultCase;
  readonly target: Target;
}

/** Plays a row. */
async function playLine({ row, target }: Play, haste: number): Promise<FaultLine> {
  const startedAt = performance.now();
  let outcome: CaseOutcome | undefined;
  let problem: string | undefined;
  try {
    outcome = await playCase(row, { target, haste });
    assert.deepEqual(outcome.wrong, [], "wrong bytes under a final name");
    assert.equal(outcome.leaks, 0, "the token went elsewhere");
    checkSurvival(row, target, outcome);
    checkFailure(row, target, outcome);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
    if (outcome !== undefined) problem += `\n${said(outcome)}\n${errorText(outcome.first.result.error)}`;
  }
  const retries = outcome?.first.events.filter(({ type }) => type === "retrying").length ?? 0;
  return {
    name: row.name,
    target,
    outcome: problem !== undefined ? "NOT SURVIVED" : row.expected.survives ? "survived" : row.expected.code,
    passed: problem === undefined,
    retries,
    fetchedAgain: outcome?.fetchedAgain ?? 0,
    elapsedMs: performance.now() - startedAt,
    problem,
  };
}

/** Plays all rows whose name contains a text, a few at a time. */
export async function playTable(part = ""): Promise<FaultLine[]> {
  const plays: Play[] = FAULT_CASES.filter(({ name }) => name.includes(part)).flatMap((row) =>
    (row.on ?? ["large", "small"] as const).map((target) => ({ row, target }))
  );
  const waiting = plays.map((play, index) => ({ play, index }));
  const lines: FaultLine[] = new Array(plays.length);
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      lines[next.index] = await playLine(next.play, HASTE);
    }
  };
  await startThreads();
  await Promise.all(Array.from({ length: LANES }, lane));
  // What is wrong indeed is so at leisure, too, and alone.
  for (const haste of LESS_HASTE) {
    for (const [index, play] of plays.entries()) {
      if (lines[index]?.passed !== true) lines[index] = await playLine(play, haste);
    }
  }
  endThreads();
  return lines;
}

/** The table as text, with the sum as its last line. */
export function formatTable(lines: readonly FaultLine[]): string {
  const width = Math.max(...lines.map(({ name, target }) => name.length + target.length + 3));
  const rows = lines.map((line) =>
    [
      `${line.name} (${line.target})`.padEnd(width),
      line.outcome.padEnd(20),
      String(line.retries).padStart(7),
      `${(line.fetchedAgain / 1024).toFixed(0)} KiB`.padStart(13),
    ].join("  ")
  );
  const head = ["fault".padEnd(width), "outcome".padEnd(20), "retries", "fetched again"].join("  ");
  const passed = lines.filter((line) => line.passed).length;
  const refused = lines.filter((line) => line.passed && line.outcome !== "survived").length;
  const sum = `${passed} of ${lines.length} survived` +
    (refused === 0 ? "" : ` (${refused} of them by the right error, with what had arrived kept)`);
  return [head, ...rows, sum].join("\n");
}

if (import.meta.main) {
  const lines = await playTable(Deno.args[0]);
  // deno-lint-ignore no-console -- the table is what it is for
  console.log(formatTable(lines));
  for (const line of lines.filter(({ passed }) => !passed)) {
    // deno-lint-ignore no-console -- see above
    console.error(`\n${line.name} (${line.target}, ${Math.round(line.elapsedMs)} ms): ${line.problem}`);
  }
  Deno.exit(lines.every(({ passed }) => passed) ? 0 : 1);
}
