/**
 * `mm tui`.
 *
 * @module
 */
import process from "node:process";
import { type Command, Option } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import { meantHints } from "../../core/base/near_names.ts";
import type { Session } from "../session.ts";
import { canRedraw } from "../output/shows_unicode.ts";
import { NUMBERED_SCREENS } from "../tui/screen_names.ts";

/** The same as in `ui.theme`. */
const THEMES = ["dark", "light", "high-contrast"] as const;

/** What can be opened by name; the rest of them by a key. */
const SCREENS = [...NUMBERED_SCREENS, "help"] as const;

const AFTER_HELP = `
Keys are shown at the foot of the screen, all of them by ?. Whatever can be done there can be done by a command, too.
Plain mode tells the same screens in lines, without colors and without moving the cursor: type help in it.

Examples:
  mm                                   the same, on a terminal
  mm tui downloads                     begin with what is being downloaded
  mm tui org/name                      begin with the details of a model
  mm tui --plain                       for screen readers and simple terminals`;

/** The address of a module beside this one; in the packed form of the program all of them are .js files. */
function moduleUrl(path: string): string {
  const packed = import.meta.url.endsWith(".js") ? path.replace(/\.tsx?$/, ".js") : path;
  return new URL(packed, import.meta.url).href;
}

/**
 * Loads what draws. Its address is computed, so that Deno does not read a hundred files (and fetch the packages that
 * draw) whenever any command starts: 12 ms of each. The price: `deno compile` has to be told of them, under `compile`
 * in `deno.json`.
 */
async function load<Module>(path: string): Promise<Module> {
  try {
    // React chooses its fast build when it is loaded, and only then; programs that we start need not know.
    const chosen = process.env["NODE_ENV"];
    process.env["NODE_ENV"] ??= "production";
    try {
      return await import(moduleUrl(path));
    } finally {
      if (chosen === undefined) delete process.env["NODE_ENV"];
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ModelManagerError("FAILED", `The terminal UI cannot be loaded: ${error.message}`, {
      hints: ["Its packages are fetched when it is opened for the first time: do that with a network"],
      cause: error,
    });
  }
}

/** How it was called. */
interface TuiFlags {
  readonly plain?: true | undefined;
  readonly theme?: typeof THEMES[number] | undefined;
}

function refusal({ terminal, output, globals }: Session): ModelManagerError | undefined {
  if (output.mode !== "human") {
    return new ModelManagerError(
      "USAGE_ERROR",
      "The terminal UI is for people: it has no form for programs",
      {
        hints: ["Leave out --json and --quiet: mm tui", "Or use a command: mm --help"],
      },
    );
  }
  if (!terminal.stdinIsTerminal || !terminal.stdoutIsTerminal) {
    return new ModelManagerError(
      "USAGE_ERROR",
      "The terminal UI wants a terminal to draw on, and one to type on",
      {
        hints: ["Without one there is the plain mode: mm tui --plain", "Or use a command: mm --help"],
      },
    );
  }
  if (globals.verbose === 0) return undefined;
  return new ModelManagerError("USAGE_ERROR", "The log of --verbose would be written over the terminal UI", {
    hints: ["Leave it out: mm tui", "Or take the plain mode: mm tui --plain --verbose"],
  });
}

/** The screen to begin with: named, or that of a model. */
async function beginning(
  where: string | undefined,
): Promise<{ readonly screen: typeof SCREENS[number] | "details"; readonly argument: string | undefined }> {
  if (where === undefined) return { screen: "library", argument: undefined };
  const screen = SCREENS.find((name) => name === where.toLowerCase());
  if (screen !== undefined) return { screen, argument: undefined };
  const { formatReference, parseReference } = await import("../../core/base/reference.ts");
  if (!where.includes("/")) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      `There is no screen "${where}": wanted ${SCREENS.join(", ")}`,
      {
        hints: [...meantHints(where, SCREENS), "A model is named with its owner: mm tui org/name"],
      },
    );
  }
  return { screen: "details", argument: formatReference(parseReference(where)) };
}

async function open(where: string | undefined, flags: TuiFlags, session: Session): Promise<void> {
  const plain = flags.plain === true || !canRedraw(session.environment);
  const start = { ...await beginning(where), theme: flags.theme };
  if (plain && session.output.mode === "human") {
    const { runPlain } = await load<typeof import("../tui/plain/run_plain.ts")>("../tui/plain/run_plain.ts");
    return await runPlain(session, start);
  }
  const refused = refusal(session);
  if (refused !== undefined) throw refused;
  // Read while the rest is loaded; what is wrong with them is said when they are needed.
  session.settings().catch(() => {});
  const { runTui } = await load<typeof import("../tui/run_tui.tsx")>("../tui/run_tui.tsx");
  await runTui(session, start);
}

/** Adds what `mm tui` does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Browse, download and keep models on the whole terminal.")
    .argument("[WHERE]", "the screen to begin with, such as downloads, or a model, such as org/name")
    .option("--plain", "in lines, for screen readers and simple terminals")
    .addOption(new Option("--theme <THEME>", "colors, for this time").choices(THEMES))
    .addHelpText("after", AFTER_HELP)
    .action((where, flags) => open(where, flags as TuiFlags, session));
}
