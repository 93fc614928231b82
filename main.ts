/**
 * The program: wires the real parts and exits. `deno run -A main.ts --help`
 *
 * @module
 */
import { main } from "./cli/run.ts";

/** Runs the command line with the arguments of the process; returns the exit code. */
export async function runProgram(): Promise<number> {
  return await main({
    async environment() {
      const { applyNoProxy, readEnvironment } = await import("./core/platform/environment.ts");
      applyNoProxy();
      const { ENVIRONMENT_VARIABLES } = await import("./core/config/env_vars.ts");
      return readEnvironment({ names: ENVIRONMENT_VARIABLES.map(({ name }) => name) }).variables;
    },
    async directories() {
      const { readEnvironment } = await import("./core/platform/environment.ts");
      const { resolveDirectories } = await import("./core/platform/dirs.ts");
      const { os, variables, refused } = readEnvironment();
      return resolveDirectories(variables, { os, refused });
    },
    async completionFacts(line) {
      const { readEnvironment } = await import("./core/platform/environment.ts");
      const { resolveDirectories } = await import("./core/platform/dirs.ts");
      const { openCompletionFacts } = await import("./core/operations/completion/facts.ts");
      const { ENVIRONMENT_VARIABLES } = await import("./core/config/env_vars.ts");
      const names = ENVIRONMENT_VARIABLES.map(({ name }) => name);
      const { os, variables } = readEnvironment({ names });
      const directories = resolveDirectories(variables, { os });
      return openCompletionFacts({
        line,
        environment: variables,
        directories,
        workingDirectory: Deno.cwd(),
      });
    },
    configuration: () => import("./core/config/mod.ts"),
    daemon: () => import("./core/daemon/mod.ts"),
    async createApp(options) {
      const { createApp } = await import("./core/app.ts");
      const { spawnWorker } = await import("./workers/spawn.ts");
      return createApp({ ...options, spawnWorker });
    },
    async openFullScreen(listener) {
      const { openFullScreen } = await import("./core/platform/full_screen.ts");
      return openFullScreen(listener);
    },
    async runEditor(editor, path) {
      const { runEditor } = await import("./core/platform/editor.ts");
      return await runEditor(editor, path);
    },
    async startDetached(args, environment) {
      const { startDetached } = await import("./core/platform/detached.ts");
      return startDetached(args, environment);
    },
  });
}

/** Runs the command line and ends the process with its exit code. */
export async function runAndExit(): Promise<never> {
  Deno.exit(await runProgram());
}

if (import.meta.main) await runAndExit();
