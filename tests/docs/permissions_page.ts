/**
 * `docs/permissions.md`, from the table of permission sets.
 *
 * @module
 */
import {
  NEEDS_ALL,
  PERMISSION_SETS,
  permissionConfig,
  type PermissionSet,
} from "../../core/config/permission_sets.ts";
import { block, code, GENERATED, table } from "./markdown.ts";

const HEAD = `${GENERATED}

# Permissions

Deno gives a program nothing that was not granted. \`-A\` grants everything, and is the simplest way to run \`mm\`. With
less, it can touch its own folders only, talk to the Hub only, and start no program:

${block("mm doctor --permissions pull", "sh")}

prints the whole command line for your folders, your Hub and your version of the program; put the command and its
options behind it. There is a set for each kind of work:`;

const CONFIG = `## Sets in deno.json

In the source tree the sets have names: \`deno run --no-prompt -P=pull main.ts pull org/name:Q4_K_M\`. In another
project, copy the set that you need into its \`deno.json\`, with \`"unstable": ["kv"]\` beside it, and run
\`deno run --no-prompt -P=ci jsr:@model-manager/mm sync --frozen\`. Deno says on each run that such sets are experimental;
\`--quiet\` leaves that out. A flag such as \`--allow-net=hub.example\` takes the place of what the set says of that kind: it
is not added to it. The set for CI, whole:`;

const REST =
  `The folders of a user have no names in a \`deno.json\`, so these sets may read everywhere, and all but \`ci\` may write
everywhere, too. The sockets of the daemon and the queue have paths as well: \`daemon\` and \`tui\` may talk to any host.
The flags that \`mm doctor --permissions\` prints are exact in both. For \`ci\` it also says which variables put models and
state into \`.mm\`, where the set may write.

## When something is missing

The error names the flag and what it is for; the exit code is 12. \`mm doctor\` looks at all rights at once.

- Always add \`--no-prompt\`. Without it, Deno asks on a terminal where something is missing, in the middle of the work.
  What \`mm\` can do without (the memory of graphics cards, models of other programs, who runs a process) it never
  lets Deno ask for.
- Folders that are granted have to exist: Deno lets nobody make a folder in one that is not granted.
- Flags of Deno cannot name a path with a comma. \`mm doctor --permissions\` grants the nearest folder above it then, and
  every host in place of such a socket, and says so. Lists in a \`deno.json\` name them exactly.
- Folders below a symbolic link are granted twice: as you name them, and as they really are.
- Symbolic links that are made, as in the cache of the Hub's own tools, need \`--allow-read --allow-write\` without a
  path: Deno cannot say where a link will lead. With less, files are put there instead.
- Other variables count as not set (\`--ignore-env\`): libraries that draw on terminals read them all.
- \`--unstable-kv\` is no permission: it turns on the store of history and queue. With \`-A\`, \`mm\` starts itself again with
  it when it is missing.

## Threads

Files are fetched and hashed in threads, which get less than the program itself: one that fetches may use the network,
and read and write in the folders that it downloads to; one that hashes may read, and neither write nor connect. None may
start programs, read variables or load libraries. Deno can do this where its option \`worker-options\` is on: in the source
tree, and where \`mm\` has started itself again from \`deno run -A jsr:@model-manager/mm\`. Elsewhere, threads have the rights of the
program.`;

const NET: Readonly<Record<PermissionSet["net"][number], string>> = {
  hub: "the Hub and its file hosts",
  local: "local sockets",
  listen: "listens on an address",
};

function row(set: PermissionSet): readonly string[] {
  return [
    code(set.name),
    set.summary,
    set.commands.map(code).join(", "),
    set.net.map((one) => NET[one]).join(", "),
    set.write === "own" ? "models, state, settings, the Hub's cache, the working directory" : code(set.write),
  ];
}

/** The page. */
export function permissionsPage(): string {
  const ci = PERMISSION_SETS.filter(({ name }) => name === "ci");
  const config = {
    unstable: ["kv"],
    permissions: Object.fromEntries(ci.map((set) => [set.name, permissionConfig(set)])),
  };
  return [
    HEAD,
    table(["set", "for", "commands", "network", "writes"], PERMISSION_SETS.map(row)),
    "All of them read variables that mean something to the program, and ask the system for the name and memory of the " +
    "machine and the room on its disks. Each command is run under its set by a test; `deno task permissions` shows the " +
    "result. These need `-A`:",
    table(["command", "because it"], NEEDS_ALL.map(({ command, reason }) => [code(command), reason])),
    CONFIG,
    block(JSON.stringify(config, undefined, 2), "json"),
    REST,
  ].join("\n\n");
}
