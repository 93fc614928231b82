/**
 * What a person types to start this very program, for the few lines that are to be copied before it has a name of its
 * own on the machine.
 *
 * @module
 */

/** How the program runs. */
export interface RunningAs {
  /** Whether it is one binary. */
  readonly isStandalone: boolean;
  /** The address of the module that was started. */
  readonly mainModule: string;
}

/** The words before the arguments: `mm` where it is installed, else the command of Deno's that starts it. */
export function typedCommand({ isStandalone, mainModule }: RunningAs): string {
  // The npm package consists of .js files, and installs a command.
  if (isStandalone || mainModule.endsWith(".js")) return "mm";
  return `deno run -A ${mainModule.startsWith("file:") ? "main.ts" : mainModule}`;
}
