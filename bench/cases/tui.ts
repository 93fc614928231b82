/**
 * The terminal UI: how soon it is there, how soon it answers a key, and what it takes to keep it moving.
 *
 * @module
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type BenchCase,
  type BenchContext,
  medianOf,
  type Row,
  runFolder,
  type Sample,
  type Target,
} from "../case.ts";
import { modelManagerCommand } from "../contenders.ts";
import { cpuSecondsOf, mainThreadSecondsOf, measure, peakOf } from "../measure.ts";
import { hasPseudoTerminal, PseudoTerminal } from "../pseudo_terminal.ts";
import { startServer } from "../server_process.ts";

const SIZE = { columns: 100, rows: 36 };
const LARGE = "bench/large";
const MANY = "bench/many";
const WAITING = "bench/waiting";
/** More than is fetched while keys are pressed; its end would be another screen. */
const LARGE_BYTES = 8 * 2 ** 30;
const MANY_FILES = 40;
const MANY_FILE_BYTES = 64 * 2 ** 20;
/** Everybody's fingers rest between keys. */
const PAUSE_MS = 150;
const KEYS_A_ROUND = 8;
/** What begins is drawn more often than what goes on. */
const SETTLE_MS = 1_000;
const WATCH_SECONDS = 5;

const FIRST_FRAME = "first frame";
const MOVING_ROWS = "30 moving rows, 5 s";

const REPOS = [
  { repo: LARGE, files: [file("large.bin", LARGE_BYTES)] },
  { repo: WAITING, files: [file("waiting.bin", LARGE_BYTES)] },
  {
    repo: MANY,
    files: Array.from({ length: MANY_FILES }, (_, index) => file(`part-${index}.bin`, MANY_FILE_BYTES)),
  },
];

function file(path: string, sizeBytes: number) {
  return { path, sizeBytes, storage: "lfs", unproved: true } as const;
}

/** Whether something is downloaded meanwhile, and how fast; without a limit as fast as it comes. */
interface Load {
  readonly name: string;
  readonly isIdle?: boolean;
  readonly limit?: string;
}

const LOADS: readonly Load[] = [
  { name: "key, idle", isIdle: true },
  { name: "key, at 50 MB/s", limit: "50MB" },
  { name: "key, at full speed" },
];

/** Opens the downloads, with those models in the queue. */
async function openDownloads(
  place: { readonly path: string; readonly endpoint: string },
  repos: readonly string[],
  limit?: string,
): Promise<PseudoTerminal> {
  const where = ["--endpoint", place.endpoint, "--models-dir", join(place.path, "models")];
  for (const repo of repos) await measure(modelManagerCommand(place.path, ["queue", "add", repo, ...where]));
  const command = modelManagerCommand(place.path, ["tui", "downloads", ...where]);
  const limited = limit === undefined ? {} : { MM_LIMIT_RATE: limit };
  const terminal = new PseudoTerminal({ ...command, env: { ...command.env, ...limited } }, SIZE);
  await terminal.until("Waiting (", { fromStart: true });
  return terminal;
}

/** Processor time of all that runs on a terminal. */
function cpuOf({ pids }: PseudoTerminal): number {
  return pids.map(cpuSecondsOf).reduce((sum, seconds) => sum + seconds, 0);
}

function sampleOf(terminal: PseudoTerminal, wallSeconds: number, cpuSeconds: number): Sample {
  return { wallSeconds, cpuSeconds, peakBytes: Math.max(...terminal.pids.map(peakOf)) || undefined };
}

/** Moves the cursor up and down and waits each time until it is seen on the other row. */
async function pressKeys(terminal: PseudoTerminal, count: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let index = 0; index < count; index++) {
    // Not in step with what is drawn by itself.
    await delay(PAUSE_MS + (index * 37) % 100);
    const [key, row] = index % 2 === 0 ? ["j", WAITING] : ["k", LARGE];
    const cpuSeconds = cpuOf(terminal);
    const started = performance.now();
    const seen = terminal.until(`› ${row}`);
    await terminal.type(key);
    await seen;
    samples.push(sampleOf(terminal, (performance.now() - started) / 1000, cpuOf(terminal) - cpuSeconds));
  }
  return samples;
}

/** What moving rows cost the thread that draws them: many files on their way, slowly. */
async function watchRows(terminal: PseudoTerminal): Promise<Sample> {
  await terminal.type("w");
  await terminal.until("Downloading (1)", { fromStart: true });
  await terminal.type("\r");
  await delay(SETTLE_MS);
  const drawn = (): number => Math.max(...terminal.pids.map(mainThreadSecondsOf));
  const before = drawn();
  await delay(WATCH_SECONDS * 1000);
  return sampleOf(terminal, WATCH_SECONDS, drawn() - before);
}

/** Opens it on an empty library. */
async function openOften(context: BenchContext): Promise<Sample[]> {
  await using folder = await runFolder(context);
  const command = modelManagerCommand(folder.path, ["tui", "--models-dir", join(folder.path, "none")]);
  const samples: Sample[] = [];
  for (let round = 0; round < context.rounds; round++) {
    await using terminal = new PseudoTerminal(command, SIZE);
    await terminal.until("Library", { fromStart: true });
    samples.push(sampleOf(terminal, terminal.elapsedSeconds, cpuOf(terminal)));
  }
  return samples;
}

async function keysUnder(
  { name, isIdle = false, limit }: Load,
  { context, endpoint }: { readonly context: BenchContext; readonly endpoint: string },
): Promise<Row> {
  await using folder = await runFolder(context);
  await using terminal = await openDownloads({ path: folder.path, endpoint }, [LARGE, WAITING], limit);
  if (!isIdle) {
    await terminal.type("w");
    await terminal.until("Downloading (1)");
  }
  await delay(SETTLE_MS);
  return { name, samples: await pressKeys(terminal, context.rounds * KEYS_A_ROUND) };
}

function percentile(samples: readonly Sample[], share: number): number {
  const sorted = samples.map(({ wallSeconds }) => wallSeconds).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function targetsOf(rows: readonly Row[]): Target[] {
  const keys = rows.filter(({ name }) => name.startsWith("key")).flatMap(({ name, samples }) => [
    { text: `${name}, median`, value: percentile(samples, 0.5), limit: 0.05, unit: "s" } as const,
    { text: `${name}, 95 of 100`, value: percentile(samples, 0.95), limit: 0.05, unit: "s" } as const,
  ]);
  const share = 100 * medianOf(rows, MOVING_ROWS, ({ cpuSeconds }) => cpuSeconds) / WATCH_SECONDS;
  return [
    {
      text: FIRST_FRAME,
      value: medianOf(rows, FIRST_FRAME, ({ wallSeconds }) => wallSeconds),
      limit: 0.4,
      unit: "s",
    },
    ...keys,
    { text: "one core, 30 moving rows at 5 MB/s", value: share, limit: 10, unit: "%" },
  ];
}

/** Needs a terminal that is made by `script`; without it, it measures nothing. */
export const tui: BenchCase = {
  name: "tui",
  title: () => "terminal UI: first frame, keys while downloading, moving rows",
  async run(context) {
    if (!await hasPseudoTerminal()) {
      context.say("!!! MISSING: script of util-linux makes the terminals of this case");
      return { rows: [], targets: [], bytes: undefined };
    }
    await using server = await startServer({ repos: REPOS });
    const { endpoint } = server;
    const rows: Row[] = [{ name: FIRST_FRAME, samples: await openOften(context) }];
    for (const load of LOADS) rows.push(await keysUnder(load, { context, endpoint }));
    await using folder = await runFolder(context);
    await using terminal = await openDownloads({ path: folder.path, endpoint }, [MANY], "5MB");
    rows.push({ name: MOVING_ROWS, samples: [await watchRows(terminal)] });
    return { rows, targets: targetsOf(rows), bytes: undefined };
  },
};
