/**
 * Scripts run in processes of their own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** What a process left behind. */
export interface FinishedProcess {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a script is run. */
export interface RunDenoOptions {
  /** Flags of `deno run`. @default -A and Deno KV */
  readonly flags?: readonly string[];
  /** Variables besides those of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

function commandFor(script: string, args: readonly string[], options: RunDenoOptions): Deno.Command {
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const flags = options.flags ?? ["-A", "--unstable-kv", "--config", config];
  const module = `data:application/typescript,${encodeURIComponent(script)}`;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-lock", ...flags, module, ...args],
    env: { NO_COLOR: "1", ...options.env },
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a TypeScript text as the main module; it may import `file:` URLs. */
export async function runDeno(
  script: string,
  args: readonly string[] = [],
  options: RunDenoOptions = {},
): Promise<FinishedProcess> {
  const { code, stdout, stderr } = await commandFor(script, args, options).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** A script that runs until it is told to end. */
export interface RunningDeno extends AsyncDisposable {
  readonly pid: number;
  /** Returns when the script has printed this; fails when it ends without. */
  printed(text: string): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** Starts a script as {@link runDeno} does; it is killed at the end of the scope. */
export function startDeno(
  script: string,
  args: readonly string[] = [],
  options: RunDenoOptions = {},
): RunningDeno {
  const child = commandFor(script, args, options).spawn();
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let output = "";
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const kill = async (): Promise<void> => {
    if (!ended) child.kill("SIGKILL");
    await reader.cancel();
    await Promise.all([status, stderr]);
  };
  return {
    pid: child.pid,
    async printed(text) {
      while (!output.includes(text)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`Ended without printing "${text}": ${output}${await stderr}`);
        output += value;
      }
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
