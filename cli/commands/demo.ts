/**
 * `mm demo`: the main job on the embedded Hub, or that Hub alone to try things on.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { Demo } from "../../core/app.ts";
import { ModelManagerError } from "../../core/base/errors.ts";
import { formatCommandLine } from "../command_line.ts";
import type { Session } from "../session.ts";

const MODEL = "demo/tiny-llama-GGUF";

/** What a person would type, in order. The rate is limited so that there is something to see. */
const TOUR: readonly (readonly string[])[] = [
  ["search", "llama"],
  ["show", MODEL],
  ["pull", `${MODEL}:Q4_K_M`, `${MODEL}:F16`, "--limit-rate", "60M"],
  ["pull", `${MODEL}:Q4_K_M`],
  ["list"],
  ["verify"],
  ["history", "stats"],
  ["remove", `${MODEL}:F16`, "--yes"],
];

/** Runs each step as a command line of its own against the demo. */
async function tour(session: Session, demo: Demo): Promise<void> {
  const { terminal } = session;
  const { color } = session.globals;
  for (const step of TOUR) {
    terminal.writeErr(`\n$ ${formatCommandLine(step)}\n`);
    const where = [
      "--endpoint",
      demo.endpoint,
      "--models-dir",
      demo.modelsDir,
      ...(color ? [] : ["--no-color"]),
    ];
    const code = await session.runNested([...where, ...step], { MM_STATE_DIR: demo.stateDir });
    if (code !== 0) {
      session.exitCode = code;
      return;
    }
  }
  terminal.writeErr(`\nThe same on the real Hub: ${session.typedCommand} search llama\n`);
}

/** Keeps the Hub up until it is stopped. */
async function serve(session: Session, demo: Demo): Promise<void> {
  const { terminal, typedCommand } = session;
  terminal.writeOut(`${demo.endpoint}\n`);
  terminal.writeErr(
    `The demo Hub is running. In another terminal:\n\n` +
      `  ${typedCommand} --endpoint ${demo.endpoint} search llama\n` +
      `  ${typedCommand} --endpoint ${demo.endpoint} --models-dir ./demo-models pull ${MODEL}:Q4_K_M\n\n` +
      `Stop it with Ctrl+C.\n`,
  );
  await new Promise<void>((resolve) =>
    session.signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new ModelManagerError("USAGE_ERROR", `"${text}" is no port: wanted a number from 0 to 65535`, {
    hints: ["Leave it out for a free one: mm demo --serve"],
  });
}

/** Adds what `mm demo` does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Try the program on a Hub of its own: nothing leaves this machine, nothing stays on it.")
    .option("--serve", "keep the demo Hub running instead of the tour")
    .option("--port <PORT>", "port of the demo Hub", parsePort)
    .action(async ({ serve: stay, port }) => {
      const { startDemo } = await import("../../core/app.ts");
      await using demo = await startDemo({ port });
      await (stay ? serve(session, demo) : tour(session, demo));
    });
}
