/**
 * The client matrix: programs that people use with the Hub, against the Hub of the tests, `mm serve` and
 * `mm serve --pull-through`. `deno task clients [PART OF A NAME] [--quick] [--times] [--write]`
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { ARIA2 } from "./aria2_client.ts";
import { Checks, type Client } from "./client_case.ts";
import { CURL } from "./curl_client.ts";
import { HF_COMMANDS } from "./hf_command.ts";
import { JS_CLIENTS } from "./js_client.ts";
import { type Cell, formatMatrix, matrixPage, PAGE, problemsOf, titleOf } from "./client_table.ts";
import { type Column, openColumns } from "./matrix_servers.ts";
import { PYTHON_CLIENTS } from "./python_client.ts";

/** All clients, whether they are installed or not. */
export const CLIENTS: readonly Client[] = [...PYTHON_CLIENTS, ...HF_COMMANDS, ...JS_CLIENTS, CURL, ARIA2];

/** Pairs at a time. */
const LANES = 3;

async function meet(client: Client, column: Column, folder: string): Promise<Cell> {
  const startedAt = performance.now();
  const checks = new Checks();
  await mkdir(folder, { recursive: true });
  await checks.try("it runs", async () => {
    await using opened = await column.open();
    await client.run({ ...opened, isCut: column.isCut, folder }, checks);
    if (column.isCut && opened.cuts() === 0) throw new Error("no connection was cut");
  });
  // To have run is nothing to be counted.
  const done = checks.done.filter(({ name, problem }) => name !== "it runs" || problem !== undefined);
  return {
    client: client.name,
    version: client.version() ?? "",
    column,
    checks: done,
    elapsedMs: performance.now() - startedAt,
  };
}

async function playAll(pairs: readonly (readonly [Client, Column])[], dir: TempDir): Promise<Cell[]> {
  const cells: Cell[] = new Array(pairs.length);
  const waiting = pairs.map((pair, index) => ({ pair, index }));
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [client, column] = next.pair;
      cells[next.index] = await meet(client, column, dir.join(String(next.index)));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return cells;
}

/** Which cells are played. */
export interface MatrixOptions {
  /** Only clients whose name contains this text. @default {""} */
  readonly part?: string | undefined;
  /** Only what says most: the commands, which take long to start, do little, and other tests play the Hub. */
  readonly quick?: boolean | undefined;
}

function saysMuch({ name }: Client, column: Column): boolean {
  if (name.startsWith("hf")) return column.name !== "test Hub" && !column.isCut;
  return column.name !== "test Hub" || !name.startsWith("huggingface_hub");
}

/** Plays the matrix; clients that are missing are left out. */
export async function playMatrix({ part = "", quick = false }: MatrixOptions = {}): Promise<Cell[]> {
  await using dir = await makeTempDir();
  await using servers = await openColumns();
  const clients = CLIENTS.filter((client) => client.name.includes(part) && client.version() !== undefined);
  const pairs = clients.flatMap((client) => servers.columns.map((column) => [client, column] as const));
  return await playAll(quick ? pairs.filter((pair) => saysMuch(...pair)) : pairs, dir);
}

/** The clients that are not installed. */
export function missingClients(): string[] {
  return CLIENTS.filter((client) => client.version() === undefined).map(({ name }) => name);
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: { write: { type: "boolean" }, times: { type: "boolean" }, quick: { type: "boolean" } },
  });
  const cells = await playMatrix({ part: positionals[0], quick: values.quick });
  const problems = problemsOf(cells);
  const lines = [formatMatrix(cells), ...problems.map((problem) => `\n${problem}`)];
  for (const name of missingClients()) lines.push(`not installed: ${name}`);
  if (values.times) {
    for (const { client, column, elapsedMs } of cells) {
      lines.push(`${Math.round(elapsedMs)} ms ${client}, ${titleOf(column)}`);
    }
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${lines.join("\n")}\n`));
  if (values.write && !values.quick && positionals.length === 0 && missingClients().length === 0) {
    await Deno.writeTextFile(PAGE, await matrixPage(cells));
  }
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
