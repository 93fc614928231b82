/**
 * Python with the Hub's own client, for tests that ask whether others read what we write.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

function works(command: string, args: readonly string[]): boolean {
  return spawnSync(command, [...args], { stdio: "ignore" }).status === 0;
}

function findPython(): string | undefined {
  const candidates = [Deno.env.get("MM_TEST_PYTHON"), "python3", "python"];
  return candidates.find((name) => name !== undefined && works(name, ["-c", "import huggingface_hub"]));
}

/** A Python that has `huggingface_hub`; `undefined` when there is none. */
export const PYTHON: string | undefined = findPython();

/** For the name of a test that needs it. */
export const PYTHON_NOTE: string = PYTHON === undefined
  ? " - SKIPPED: no python3 with huggingface_hub; install it or set MM_TEST_PYTHON"
  : "";

const QUIET: Readonly<Record<string, string>> = {
  HF_HUB_DISABLE_XET: "1",
  HF_HUB_DISABLE_TELEMETRY: "1",
  HF_HUB_DISABLE_UPDATE_CHECK: "1",
  HF_HUB_DISABLE_PROGRESS_BARS: "1",
  NO_PROXY: "*",
  PYTHONIOENCODING: "utf-8",
  PYTHONDONTWRITEBYTECODE: "1",
};

/** A run of a script that has not ended; it is killed at the end of the scope. */
export interface RunningPython<Answer> extends AsyncDisposable {
  /** What it has printed to standard error so far. */
  readonly stderr: string;
  /** What it has printed, as JSON. @throws {Error} With its own words when it failed. */
  readonly answer: Promise<Answer>;
}

/** Starts a script of `tests/e2e`, which is given a question as JSON and prints its answer as JSON. */
export function startPython<Answer>(
  script: string,
  question: unknown,
  environment: Readonly<Record<string, string>>,
): RunningPython<Answer> {
  const child = new Deno.Command(PYTHON ?? "python3", {
    args: [fileURLToPath(new URL(`../e2e/${script}`, import.meta.url))],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { ...QUIET, ...environment },
  }).spawn();
  let stderr = "";
  const listen = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stderr) stderr += decoder.decode(bytes, { stream: true });
  };
  const finish = async (): Promise<Answer> => {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(question)));
    await writer.close();
    const [stdout, { code }] = await Promise.all([
      new Response(child.stdout).text(),
      child.status,
      listen(),
    ]);
    if (code !== 0) throw new Error(`Python ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Answer;
  };
  const answer = finish();
  return {
    get stderr() {
      return stderr;
    },
    answer,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await answer.catch(() => {});
    },
  };
}

/** Runs a script to its end. */
export async function askPython<Answer>(
  script: string,
  question: unknown,
  environment: Readonly<Record<string, string>>,
): Promise<Answer> {
  await using running = startPython<Answer>(script, question, environment);
  return await running.answer;
}
