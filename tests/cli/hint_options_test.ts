/**
 * Advice that names a command names one that exists, with options that it has.
 *
 * @module
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { commandTree } from "../support/command_tree.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
/** `mm verb` with an option before the advice ends; ": mm …" is how advice introduces what is to be typed. */
const ADVICE = /[:,] (?:then )?mm ((?:[a-z][a-z-]*)(?:[^`"'\n]|\\"|"\$\{[^}]*\}")*?--[a-z][^`\n]*)/g;

async function sources(): Promise<{ readonly path: string; readonly text: string }[]> {
  const names = (await Promise.all(["core", "cli"].map(async (folder) => {
    const files = await readdir(join(ROOT, folder), { recursive: true });
    return files.filter((file) => file.endsWith(".ts")).map((file) => `${folder}/${file}`);
  }))).flat();
  return await Promise.all(
    names.map(async (path) => ({ path, text: await readFile(join(ROOT, path), "utf8") })),
  );
}

Deno.test("no hint names an option that its command does not have, or leaves open which command is meant", async () => {
  const { program, commands } = await commandTree();
  const globals = program.options.map(({ long }) => long);
  const byName = new Map(commands.map(({ names, command }) => [names.join(" "), command]));
  const wrong: string[] = [];
  let seen = 0;
  for (const { path, text } of await sources()) {
    if (/same command with --/.test(text)) {
      wrong.push(`${path}: the same command may have no such option`);
    }
    for (const [, advice = ""] of text.matchAll(ADVICE)) {
      // One piece of advice may name several commands.
      for (const piece of advice.split(/\bmm /)) {
        const [verb = "", second = ""] = piece.split(/\s+/);
        const command = byName.get(`${verb} ${second}`) ?? byName.get(verb);
        if (command === undefined) continue;
        const known = [...globals, ...command.options.map(({ long }) => long), "--help"];
        const used = piece.split(/["'`]\s*[,;\])]|, | or /)[0]?.match(/(?<=\s)--[a-z][a-z-]*/g) ?? [];
        seen += used.length;
        for (const option of used) {
          const negated = option.replace("--no-", "--");
          if (!known.includes(option) && !known.includes(negated)) {
            wrong.push(`${path}: mm ${verb} … ${option}`);
          }
        }
      }
    }
  }
  deepStrictEqual(wrong, []);
  ok(seen > 40, `only ${seen} options were looked at`);
});
