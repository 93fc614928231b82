/**
 * Arguments for every command of the program.
 *
 * @module
 */
import { JOBS, RECORDS } from "./fake_manager.ts";

const REF = "acme/Llama-3.2-3B-Instruct-GGUF";
const JOB = JOBS[0]?.id ?? "";

/**
 * What makes each command do its work with the fake manager; `undefined` where that takes more than a test in memory has.
 */
export const COMMAND_ARGUMENTS: Readonly<Record<string, readonly string[] | undefined>> = {
  "search": ["llama"],
  "show": [REF],
  "pull": [`${REF}:Q4_K_M`],
  "queue list": [],
  "queue add": [REF],
  "queue pause": [JOB],
  "queue resume": ["all"],
  "queue retry": ["all"],
  "queue cancel": ["all"],
  "queue priority": ["high", JOB],
  "queue move": [JOB, "first"],
  "queue clear": [],
  "queue run": [],
  "schedule list": [],
  "schedule create": ["--time", "23:00", "--name", "another"],
  "schedule remove": ["nightly"],
  "schedule enable": ["nightly"],
  "schedule disable": ["nightly"],
  "schedule set-active": ["nightly"],
  "list": [],
  "remove": [REF],
  "verify": [],
  "update": [],
  "models list": [],
  "models add": [REF],
  "models remove": [REF],
  "models update": [REF, "--tag", "chat"],
  "models enable": [REF],
  "models disable": [REF],
  "models pin": [REF],
  "models unpin": [REF],
  "models schema": [],
  "sync": [],
  "lock": [],
  "import": ["--from", "ollama"],
  "link": [REF, "--into", "lmstudio"],
  "cleanup": [],
  "history list": [],
  "history show": [RECORDS[0]?.id ?? ""],
  "history stats": [],
  "history export": [],
  "history clear": [],
  "cache info": [],
  "cache clear": [],
  "config show": ["--origin"],
  "config get": ["download.connections"],
  "config set": ["download.connections", "4"],
  "config unset": ["download.connections"],
  "config reset": ["log.level"],
  "config export": ["--format", "yaml"],
  "config path": [],
  "config validate": [],
  "config edit": [],
  // It serves until it is stopped: tests/cli/serve_command_test.ts and tests/e2e/serve_test.ts.
  "serve": undefined,
  "start": [],
  "stop": [],
  "restart": [],
  "status": [],
  "logs": [],
  "service print": [],
  // They reach the machine's own service manager: tests/e2e/daemon_test.ts.
  "service install": undefined,
  "service uninstall": undefined,
  "login": [],
  "logout": [],
  "whoami": [],
  "doctor": [],
  // Starts a Hub and runs commands one after another: tests/e2e/demo_test.ts.
  "demo": undefined,
  // It has no form for programs: tests/cli/tui_command_test.ts.
  "tui": undefined,
  "completions": ["bash"],
  "version": [],
  // Its answer is a text.
  "help": undefined,
};
