/**
 * How this program is started, for who starts it again: a process in the background, a service manager.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** What stands before the arguments of a person: the program, and what Deno is told. */
export interface OwnCommand {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  /** Whether Deno runs it from its source, so that it needs Deno's module cache. */
  readonly isScript: boolean;
}

/** The command line of this program. */
export function ownCommand(): OwnCommand {
  if (Deno.build.standalone) return { program: Deno.execPath(), args: [], isScript: false };
  return {
    program: Deno.execPath(),
    args: [
      "run",
      "-A",
      "--unstable-kv",
      Deno.mainModule.startsWith("file:") ? fileURLToPath(Deno.mainModule) : Deno.mainModule,
    ],
    isScript: true,
  };
}
