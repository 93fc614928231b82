/**
 * `deno task permissions`: every command under its set of rights, as a table; with `--write`, the sets are written into
 * `deno.json` before.
 *
 * @module
 */
import { PERMISSION_SETS, permissionConfig } from "../../../core/config/permission_sets.ts";
import { runEveryCommand } from "./command_runs.ts";

const CONFIG = new URL("../../../deno.json", import.meta.url);

/** The text of a configuration with the sets of the table in it. */
export function withSets(text: string): string {
  const sets = Object.fromEntries(PERMISSION_SETS.map((set) => [set.name, permissionConfig(set)]));
  const member = `  "permissions": ${JSON.stringify(sets, undefined, 2).replaceAll("\n", "\n  ")},\n`;
  const without = text.replace(/^ {2}"permissions": \{[\s\S]*?\n {2}\},\n/m, "");
  return without.replace(/^ {2}"publish": \{/m, (start) => member + start);
}

async function main(): Promise<number> {
  if (Deno.args.includes("--write")) {
    await Deno.writeTextFile(CONFIG, withSets(await Deno.readTextFile(CONFIG)));
    await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", CONFIG.pathname] }).output();
  }
  const results = await runEveryCommand();
  const lines = results.map(({ line, set, finished, kinds }) =>
    [
      finished.code === 0 || finished.code === 130 ? "ok    " : "FAILED",
      set.padEnd(6),
      ["read", "write", ...kinds].join(" ").padEnd(22),
      `mm ${line}`,
    ].join("  ")
  );
  const failed = results.filter(({ finished }) => finished.code !== 0 && finished.code !== 130);
  const text = [...lines, "", `${results.length - failed.length} passed, ${failed.length} failed`];
  await Deno.stdout.write(new TextEncoder().encode(`${text.join("\n")}\n`));
  return failed.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
