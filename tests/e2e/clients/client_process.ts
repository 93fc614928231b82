/**
 * Programs of others, run without anything of the user's.
 *
 * @module
 */
import { spawnSync } from "node:child_process";

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is given besides its arguments. */
export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** @default {60000} */
  readonly limitMs?: number;
}

const INHERITED = /^(?:PATH|DENO_DIR|HOME|NPM_CONFIG_REGISTRY|TMPDIR|TEMP|TMP|SystemRoot|LANG)$/i;

function inherited(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => INHERITED.test(name)));
}

/** Runs a program to its end. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<Ended> {
  const { env = {}, stdin, cwd, limitMs = 60_000 } = options;
  const limit = AbortSignal.timeout(limitMs);
  const child = new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    env: { ...inherited(), NO_PROXY: "*", ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: limit,
  }).spawn();
  const feed = async (): Promise<void> => {
    if (stdin === undefined) return;
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  };
  const [output] = await Promise.all([child.output(), feed().catch(() => {})]);
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

/** Runs a program that has to end well. @throws {Error} With its own words when it does not. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runProcess(command, args, options);
  if (code !== 0) {
    throw new Error(`${command} ended with ${code}: ${stderr.slice(-1500)}${stdout.slice(-500)}`);
  }
  return stdout;
}

/** What a program says of its version; `undefined` when there is no such program. */
export function versionFrom(command: string, args: readonly string[], pattern: RegExp): string | undefined {
  const { status, stdout } = spawnSync(command, [...args], { encoding: "utf8" });
  return status === 0 ? pattern.exec(stdout)?.[1] : undefined;
}
