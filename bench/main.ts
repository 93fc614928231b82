/**
 * Side-by-side measurements: `deno task bench [--rounds N] [--quick] [--only CASE]… [--contender NAME]… [--dir DIR]`.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { BenchCase, BenchContext } from "./case.ts";
import { bulk } from "./cases/bulk.ts";
import { delayed } from "./cases/delayed.ts";
import { history } from "./cases/history.ts";
import { lanes } from "./cases/lanes.ts";
import { repull } from "./cases/repull.ts";
import { resume, resumeSlow } from "./cases/resume.ts";
import { serve } from "./cases/serve.ts";
import { shards } from "./cases/shards.ts";
import { smallFilesCase } from "./cases/small_files.ts";
import { sparse } from "./cases/sparse.ts";
import { startup } from "./cases/startup.ts";
import { tui } from "./cases/tui.ts";
import { type Contender, CONTENDERS } from "./contenders.ts";
import {
  describeMachine,
  formatCase,
  formatFlags,
  formatTargets,
  type NamedResult,
  writeReport,
} from "./report.ts";

const CASES: readonly BenchCase[] = [
  bulk,
  lanes,
  delayed,
  smallFilesCase,
  shards,
  resume,
  resumeSlow,
  repull,
  sparse,
  serve,
  startup,
  tui,
  history,
];
const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

interface Options {
  readonly rounds: number;
  readonly quick: boolean;
  readonly cases: readonly BenchCase[];
  readonly contenders: readonly Contender[];
  /** Where the folder for downloads is made. */
  readonly parent: string;
}

/** The things of those names; all without a name. */
function pickNamed<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  const known = all.map(({ name }) => name);
  for (const name of names ?? []) {
    if (!known.includes(name)) throw new Error(`No "${name}": there are ${known.join(", ")}`);
  }
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      contender: { type: "string", multiple: true },
      dir: { type: "string" },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds wants a whole number from 1");
  return {
    rounds,
    quick: values.quick,
    cases: pickNamed(CASES, values.only),
    contenders: pickNamed(CONTENDERS, values.contender),
    parent: values.dir ?? tmpdir(),
  };
}

/** Splits off those that are not installed, and says so where nobody overlooks it. */
async function findContenders(
  wanted: readonly Contender[],
): Promise<{ readonly present: Contender[]; readonly missing: string[] }> {
  const present: Contender[] = [];
  const missing: string[] = [];
  for (const contender of wanted) {
    if (await contender.isAvailable()) present.push(contender);
    else {
      missing.push(contender.name);
      say(`!!! MISSING: ${contender.name} takes no part. To have it: ${contender.install}`);
    }
  }
  return { present, missing };
}

async function runCases(cases: readonly BenchCase[], context: BenchContext): Promise<NamedResult[]> {
  const results: NamedResult[] = [];
  for (const { name, title, run } of cases) {
    say(`\n[${name}] ${title(context)}`);
    const result = { name, title: title(context), result: await run(context) };
    results.push(result);
    say(formatCase(result));
  }
  return results;
}

async function main(): Promise<number> {
  const { cases, parent, quick, rounds, contenders } = readOptions(Deno.args);
  const machine = describeMachine();
  say(
    `${machine.processor}, ${machine.cores} cores, ${machine.system}, Deno ${machine.deno}, ${rounds} rounds`,
  );
  if (machine.load > machine.cores / 2) {
    say(`!!! The machine is busy (load ${machine.load.toFixed(1)}): the figures are worth little`);
  }
  const { present, missing } = await findContenders(contenders);
  const directory = await mkdtemp(join(parent, "mm-bench-"));
  try {
    const results = await runCases(cases, { rounds, quick, contenders: present, directory, say });
    const flags = Object.fromEntries(present.map((contender) => [contender.name, contender.flags]));
    say(`\nTargets\n${formatTargets(results)}\n\nContenders\n${formatFlags(flags)}`);
    const path = await writeReport(RESULTS, { machine, rounds, quick, missing, flags }, results);
    if (missing.length > 0) say(`\n!!! MISSING: ${missing.join(", ")}`);
    say(`\nAll figures: ${path}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main());
