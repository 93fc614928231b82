import { ModelManagerError } from "../../core/base/errors.ts";
import { type CliRunOptions, formatRun, runTestCli } from "../support/run_cli.ts";

/** Every command in its three forms, and for people at two widths. */
const COMMAND_LINES: readonly (readonly string[])[] = [
  ["search", "llama", "3b"],
  ["show", "acme/Llama-3.2-3B-Instruct-GGUF"],
  ["pull", "acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M", "--dry-run"],
  ["list"],
  ["remove", "acme/clip", "--dry-run"],
  ["remove", "acme/clip", "--yes"],
  ["cleanup", "--dry-run"],
  ["cleanup", "--yes"],
  ["verify", "--no-progress"],
  ["history", "list"],
  ["history", "stats"],
  ["history", "clear", "--yes"],
  ["config", "show", "--models-dir", "/models"],
  ["config", "show", "--origin", "--models-dir", "/models"],
  ["config", "path"],
  ["config", "get", "download.connections"],
  ["config", "validate"],
  ["logout"],
  ["whoami"],
  ["version"],
];

const files = { "config/config.json": '{"download": {"connections": 4}}' };

for (const args of COMMAND_LINES) {
  for (const columns of [100, 60]) {
    Deno.test(`mm ${args.join(" ")} reads well at ${columns} columns`, async (t) => {
      // No file: its temporary name would be cut at another place each time.
      const run = await runTestCli(args, { terminal: { columns }, environment: { MM_CONNECTIONS: "4" } });
      await t.assertSnapshot(formatRun(args, run));
    });
  }
  for (const form of ["--json", "--quiet"]) {
    Deno.test(`mm ${args.join(" ")} has a form for ${form}`, async (t) => {
      const all = [...args, form];
      await t.assertSnapshot(formatRun(all, await runTestCli(all, { files })));
    });
  }
}

/** Outputs that depend on what there is. */
const SPECIAL: readonly (readonly [string, readonly string[], CliRunOptions])[] = [
  ["search that finds nothing", ["search", "none"], { manager: { search: () => Promise.resolve([]) } }],
  ["an empty library", ["list"], { manager: { list: () => Promise.resolve([]) } }],
  ["a filter that fits nothing", ["list", "--status", "error"], {
    manager: { list: () => Promise.resolve([]) },
  }],
  ["colour on a terminal", ["list"], { terminal: { columns: 100 }, environment: { NO_COLOR: "" } }],
  ["a pull on pipes", ["pull", "acme/x"], {}],
  ["a pull in quiet mode", ["pull", "acme/x", "-q"], {}],
  ["a pull as JSON", ["pull", "acme/x", "--json"], {}],
  ["a pull as events", ["pull", "acme/x", "--events", "--json"], {}],
  ["a pull without progress", ["pull", "acme/x", "--no-progress"], { terminal: { columns: 100 } }],
  ["a token that a variable holds after logout", ["logout"], {
    environment: { HF_TOKEN: "hf_abcdefgh1234" },
  }],
  [
    "an error with causes",
    ["show", "acme/none"],
    {
      manager: {
        show: () =>
          Promise.reject(
            new ModelManagerError("NETWORK_ERROR", 'Cannot reach "https://hub.example"', {
              cause: new Error("fetch failed", { cause: new Error("dns error") }),
            }),
          ),
      },
    },
  ],
  [
    "a missing permission of Deno",
    ["list"],
    {
      manager: {
        list() {
          const error = new Error(
            'Requires net access to "hub.example:443", run again with the --allow-net flag',
          );
          error.name = "NotCapable";
          return Promise.reject(error);
        },
      },
    },
  ],
];

for (const [name, args, options] of SPECIAL) {
  Deno.test(`output of ${name}`, async (t) => {
    await t.assertSnapshot(formatRun(args, await runTestCli(args, options)));
  });
}
