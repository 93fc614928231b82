/**
 * Programs of the system, run to their end.
 *
 * @module
 */

/** What a program left. */
export interface FinishedCommand {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunCommandOptions {
  /** @default {30000} */
  readonly timeoutMs?: number;
}

/**
 * Runs a program without input.
 *
 * @returns `undefined` when there is no such program, or it may not be run.
 */
export async function runCommand(
  command: readonly string[],
  options: RunCommandOptions = {},
): Promise<FinishedCommand | undefined> {
  const [program = "", ...args] = command;
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch {
    return undefined;
  }
}
