/**
 * Every command of the program, run under the set of rights that is said to be enough for it.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { permissionSetFor, type PermissionSetName } from "../../../core/config/permission_sets.ts";
import { TOKEN } from "../../support/e2e_hub.ts";
import { type HubBox, openHubBox } from "../../support/hub_box.ts";
import { type FinishedProgram, waitUntil } from "../../support/run_program.ts";

const TINY = "acme/tiny-GGUF";

/** One run. */
export interface CommandRun {
  /** The command and its arguments. */
  readonly args: readonly string[];
  /** Of the command within the arguments, such as `["queue", "list"]`. */
  readonly names: readonly string[];
  readonly stdin?: string;
  /** It goes on until it is told to stop, which is done when this stands in what it says. */
  readonly until?: RegExp;
  /** Under this set as well. */
  readonly also?: PermissionSetName;
}

function run(line: string, options: Partial<CommandRun> = {}): CommandRun {
  const args = line.split(" ");
  const isGroup = /^(?:queue|schedule|models|history|service|cache|config)$/.test(args[0] ?? "");
  return { args, names: args.slice(0, isGroup ? 2 : 1), ...options };
}

/** Chains of commands that build on one another; each chain has a home of its own. */
export const CHAINS: readonly (readonly CommandRun[])[] = [
  [
    run("search tiny", { also: "ci" }),
    run(`show ${TINY}`, { also: "ci" }),
    run(`pull ${TINY}:Q4_K_M`),
    run(`pull ${TINY}:Q8_0 --to hf-cache`),
    run("pull acme/plain -i *.json --to ./out"),
    run("list"),
    run("verify"),
    run("update --check"),
    run("update"),
    run(`link ${TINY} --into linked`),
    run(`link ${TINY} --into hf-cache`),
    run("import --from hf-cache"),
    run("import out"),
    run("cleanup --yes"),
    run("cache info"),
    run("cache clear --yes"),
    run("history list --json"),
    run("history show ID"),
    run("history stats"),
    run("history export"),
    run("history clear --yes"),
    run(`remove ${TINY}:Q4_K_M --yes`),
    run("doctor"),
    run("version"),
    run("help"),
    run("completions bash"),
    run("demo"),
  ],
  [
    run(`models add ${TINY}:Q4_K_M`),
    run("models list"),
    run(`models pin ${TINY}`),
    run(`models unpin ${TINY}`),
    run(`models disable ${TINY}`),
    run(`models enable ${TINY}`),
    run(`models update ${TINY} --tag chat`),
    run("models schema"),
    run("lock"),
    run("sync"),
    run("sync --frozen", { also: "ci" }),
    run("verify", { also: "ci" }),
    run("list", { also: "ci" }),
    run(`models remove ${TINY}`),
    run("config show"),
    run("config set download.connections 4"),
    run("config get download.connections"),
    run("config export"),
    run("config path"),
    run("config validate"),
    run("config unset download.connections"),
    run("config reset log.level"),
    run("login", { stdin: `${TOKEN}\n` }),
    run("whoami"),
    run("logout"),
    run("serve --port 0", { until: /http:\/\// }),
  ],
  [
    run(`queue add ${TINY}:Q8_0`),
    run("queue list --json"),
    run("queue pause ID"),
    run("queue resume ID"),
    run("queue priority high ID"),
    run("queue move ID first"),
    run("queue retry all"),
    run("queue run"),
    run(`queue add ${TINY}:F16`),
    run("queue cancel all"),
    run("queue clear"),
    run("schedule create --type daily --time 23:00 --name nightly"),
    run("schedule list"),
    run("schedule disable nightly"),
    run("schedule enable nightly"),
    run("schedule set-active nightly"),
    run("schedule remove nightly --yes"),
    run("service print"),
    run("status"),
    run("logs"),
    run("start --foreground", { names: ["start", "--foreground"], until: /./ }),
    run("stop"),
    run("tui --plain", { stdin: "library\nquit\n" }),
  ],
];

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const CONFIG = new URL("../../../deno.json", import.meta.url);

/** What came of a run. */
export interface CommandResult {
  readonly line: string;
  /** Under which set. */
  readonly set: PermissionSetName;
  readonly finished: FinishedProgram;
  /** Kinds of rights that were asked for, besides reading and writing files, in alphabetical order. */
  readonly kinds: readonly string[];
}

/** Flags for a set; that for CI names a folder beside the configuration. */
async function flagsFor(set: PermissionSetName, { box, hub }: HubBox): Promise<string[]> {
  // The Hub of the tests is on this machine; a user's own Hub is granted in the same way.
  const net = `--allow-net=${new URL(hub.endpoint).host},localhost`;
  // A flag takes the place of what the set says; where any host of this machine is allowed, there is no need for it.
  const isLocal = set === "serve" || set === "daemon" || set === "tui";
  const flags = ["--no-prompt", "--quiet", `-P=${set}`, ...(isLocal ? [] : [net])];
  if (set !== "ci") return flags;
  const config = join(box.work, "deno.json");
  await Deno.copyFile(CONFIG, config);
  for (const folder of ["models", "state"]) {
    await Deno.mkdir(join(box.work, ".mm", folder), { recursive: true });
  }
  return [...flags, "--no-lock", "--config", config];
}

async function runOne(own: HubBox, run: CommandRun, set: PermissionSetName): Promise<CommandResult> {
  const { box } = own;
  const audit = box.join("audit.jsonl");
  await Deno.writeTextFile(audit, "");
  const flags = await flagsFor(set, own);
  const program = box.start(run.args, {
    command: [Deno.execPath(), "run", ...flags, MAIN],
    env: {
      DENO_AUDIT_PERMISSIONS: audit,
      ...(set === "ci" ? { MM_MODELS_DIR: ".mm/models", MM_STATE_DIR: ".mm/state" } : {}),
    },
    ...(run.stdin === undefined ? {} : { stdin: run.stdin }),
  });
  await using _program = program;
  const { until } = run;
  if (until !== undefined) {
    let ended = false;
    program.finished.then(() => ended = true);
    await waitUntil(`${run.args[0]} runs`, () => ended || until.test(program.stdout + program.stderr));
    if (!ended) program.signal("SIGINT");
  }
  const finished = await program.finished;
  return { line: run.args.join(" "), set, finished, kinds: await kindsIn(audit) };
}

async function kindsIn(audit: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(audit)).split("\n").filter((line) => line !== "");
  const kinds = new Set(lines.map((line) => (JSON.parse(line) as { permission: string }).permission));
  return [...kinds].filter((kind) => kind !== "read" && kind !== "write").sort();
}

/** The identifier of the first job or record in what a list has said. */
function idIn({ stdout }: FinishedProgram): string | undefined {
  return /"id": "([^"]+)"/.exec(stdout)?.[1];
}

async function runChain(chain: readonly CommandRun[]): Promise<CommandResult[]> {
  await using own = await openHubBox();
  const results: CommandResult[] = [];
  let id: string | undefined;
  for (const run of chain) {
    const args = run.args.map((argument) => argument === "ID" ? id ?? argument : argument);
    const set = permissionSetFor(run.names)?.name;
    if (set === undefined) throw new Error(`${run.names.join(" ")} has no set`);
    for (const one of run.also === undefined ? [set] : [set, run.also]) {
      const result = await runOne(own, { ...run, args }, one);
      id = idIn(result.finished) ?? id;
      results.push(result);
    }
  }
  return results;
}

/** Runs everything. */
export async function runEveryCommand(): Promise<CommandResult[]> {
  return (await Promise.all(CHAINS.map(runChain))).flat();
}
