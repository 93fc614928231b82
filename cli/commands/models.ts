/**
 * `mm models`: the manifest of wanted models, and pins.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { isModelManagerError, ModelManagerError } from "../../core/base/errors.ts";
import { meantHints } from "../../core/base/near_names.ts";
import type {
  ManifestChanges,
  ManifestModelChanges,
  ManifestPriority,
  ManifestStatus,
  PinnedModel,
} from "../../core/operations/model_manager.ts";
import { quoteArgument } from "../command_line.ts";
import { collect, sizeReader } from "../flags.ts";
import { pinDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import { CHANGE_COLUMNS, wantedColumns } from "../output/manifest_view.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

const PRIORITIES: readonly ManifestPriority[] = ["high", "medium", "low"];
const STATUSES: readonly ManifestStatus[] = ["pending", "downloading", "completed", "failed"];

const PIN_COLUMNS: readonly Column<PinnedModel>[] = [
  { header: "MODEL", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
  {
    header: "PIN",
    cell: ({ pinned, changed }) =>
      pinned ? (changed ? "pinned" : "was pinned already") : changed ? "unpinned" : "was not pinned",
  },
];

/** The option of all commands that are about the manifest. */
export const MANIFEST_OPTION = [
  "--manifest <FILE>",
  "manifest to use (default: models.json here, else in the configuration directory)",
] as const;

/** Reads `--manifest`. */
export function manifestChoice(
  options: { readonly manifest?: string | undefined },
): { readonly manifest?: string } {
  return options.manifest === undefined ? {} : { manifest: options.manifest };
}

/** A command to type next, for the same manifest. */
export function nextCommand(command: string, options: { readonly manifest?: string | undefined }): string {
  return options.manifest === undefined
    ? command
    : `${command} --manifest ${quoteArgument(options.manifest)}`;
}

function wordReader<Word extends string>(option: string, words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const found = words.find((word) => word === text.trim().toLowerCase());
    if (found !== undefined) return found;
    throw new ModelManagerError(
      "USAGE_ERROR",
      `The option ${option} is "${text}": wanted ${words.join(", ")}`,
      {
        hints: [...meantHints(text, words), `Write it like ${option} ${words[0]}`],
      },
    );
  };
}

async function list(
  options: {
    readonly manifest?: string | undefined;
    readonly status?: ManifestStatus | undefined;
    readonly tag?: readonly string[] | undefined;
  },
  session: Session,
): Promise<void> {
  const { output } = session;
  const { status, tag: tags } = options;
  const listing = await (await session.app()).manifest.list({
    ...manifestChoice(options),
    ...(status === undefined ? {} : { status }),
    ...(tags === undefined ? {} : { tags }),
  });
  const { models, manifest, warnings } = listing;
  await output.result({
    json: () => listing,
    quiet: () => models.map(({ name }) => name),
    human: () => models.length === 0 ? [] : output.table(wantedColumns(models), models),
  });
  for (const warning of warnings) output.warn(warning);
  const isFiltered = status !== undefined || tags !== undefined;
  if (models.length === 0) {
    output.say(`No model ${isFiltered ? "of that kind" : "is wanted"} in "${manifest}"`);
    if (!isFiltered) output.suggest("Add one: mm models add org/name:QUANT");
    return;
  }
  output.say(`${plural(models.length, "model")} in "${manifest}"`);
  if (models.some((model) => model.enabled && model.status !== "completed")) {
    output.suggest(`Fetch what is missing: ${nextCommand("mm sync", options)}`);
  }
}

async function report(
  changes: ManifestChanges,
  session: Session,
  hint?: string,
): Promise<void> {
  const { output } = session;
  const { manifest, created, models } = changes;
  await output.result({
    json: () => changes,
    quiet: () => models.map(({ name }) => name),
    human: () => output.table(CHANGE_COLUMNS, models),
  });
  const hasChanged = models.some(({ change }) => change !== "unchanged");
  // It may be the person's own, far from where they are.
  if (created || hasChanged) output.say(`${created ? "Made" : "Changed"} "${manifest}"`);
  if (hint !== undefined && hasChanged) output.suggest(hint);
}

/** What a person types of a model's fields. A type, not an interface: commander wants an index signature. */
type FieldOptions = {
  readonly description?: string | undefined;
  readonly priority?: ManifestPriority | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly sizeEstimate?: number | undefined;
};

function readFields({ description, priority, sizeEstimate }: FieldOptions): ManifestModelChanges {
  return {
    // An empty text takes it away.
    ...(description === undefined ? {} : { description: description === "" ? null : description }),
    ...(priority === undefined ? {} : { priority }),
    ...(sizeEstimate === undefined ? {} : { sizeEstimateBytes: sizeEstimate }),
  };
}

async function change(
  names: readonly string[],
  changes: ManifestModelChanges,
  options: { readonly manifest?: string | undefined },
  session: Session,
): Promise<void> {
  const { manifest } = await session.app();
  const hint = changes.enabled === true ? `Fetch it: ${nextCommand("mm sync", options)}` : undefined;
  await report(await manifest.update(names, changes, manifestChoice(options)), session, hint);
}

async function setPinned(
  references: readonly string[],
  pinned: boolean,
  options: { readonly manifest?: string | undefined },
  session: Session,
): Promise<void> {
  const { output } = session;
  const manager = await session.app();
  const noted = await notePins(references, pinned, options, session);
  const models: PinnedModel[] = [];
  let isComing = false;
  for (const reference of references) {
    try {
      models.push(...await manager.setPinned([reference], pinned));
    } catch (error) {
      const inManifest = noted?.get(reference)?.models ?? [];
      if (!isModelManagerError(error) || error.code !== "NOT_FOUND" || inManifest.length === 0) throw error;
      isComing ||= pinned;
      for (const { name, change } of inManifest) {
        const [repo = name] = name.split(/[@:]/);
        models.push({ reference: name, repo, quant: undefined, pinned, changed: change === "updated" });
      }
    }
  }
  await output.result({
    json: () => pinDocument(models),
    quiet: () => models.map(({ reference }) => reference),
    human: () => output.table(PIN_COLUMNS, models),
  });
  const changed = [...noted?.values() ?? []].find((each) =>
    each.models.some((model) => model.change === "updated")
  );
  if (changed !== undefined) output.say(`Noted in "${changed.manifest}"`);
  if (isComing) {
    output.suggest(`What is not here yet is pinned once it is: ${nextCommand("mm sync", options)}`);
  }
}

/** The manifest says it as well, where it has the models; a broken one is no reason not to pin. */
async function notePins(
  references: readonly string[],
  pinned: boolean,
  options: { readonly manifest?: string | undefined },
  session: Session,
): Promise<ReadonlyMap<string, ManifestChanges> | undefined> {
  const { manifest } = await session.app();
  const noted = new Map<string, ManifestChanges>();
  try {
    for (const reference of references) {
      const how = { ...manifestChoice(options), ifThere: true };
      noted.set(reference, await manifest.update([reference], { pinned }, how));
    }
    return noted;
  } catch (error) {
    if (!isModelManagerError(error) || options.manifest !== undefined) throw error;
    session.output.warn(`The manifest does not get to know it: ${error.message}`);
    return undefined;
  }
}

const NOTES = `
The manifest is models.json in the working directory, else the one in the configuration directory, or what --manifest
names. Comments, unknown fields and the layout of the file stay as they are. mm sync fetches what it lists.

A pinned model stays as it is: mm cleanup never deletes it, and mm update and mm sync do not replace it. mm remove does
delete it, when a person says so, and mm sync --frozen brings exactly the bytes of the lock, whatever is pinned.

Examples:
  mm models add org/name:Q4_K_M --priority high --tag chat
  mm models list --status failed
  mm models update org/name:Q4_K_M --name org/name:Q8_0
  mm models pin org/name:Q4_K_M       keep it, whatever room is needed
  mm models schema > models.schema.json
                                      for editors: "$schema": "./models.schema.json"`;

/** Adds the commands of `mm models`. */
export function configure(command: Command, session: Session): void {
  command.description("The models that are wanted: the manifest models.json.").addHelpText("after", NOTES);
  command.command("list").description("List the models of the manifest, and how they stand.")
    .option("--status <STATUS>", STATUSES.join(", "), wordReader("--status", STATUSES))
    .option("--tag <TAG>", "only models with this tag; may be repeated, then with all of them", collect)
    .option(...MANIFEST_OPTION)
    .action((options) => list(options, session));
  configureAdd(command, session);
  command.command("remove").description("Take models out of the manifest; their files stay.")
    .argument("<NAME...>", "as the manifest has it, or org/name for all of it")
    .option(...MANIFEST_OPTION)
    .action(async (names, options) => {
      const { manifest } = await session.app();
      const changes = await manifest.remove(names, manifestChoice(options));
      const next = nextCommand("mm sync --prune", options);
      await report(changes, session, `Delete the files of what is not wanted any more: ${next}`);
    });
  configureUpdate(command, session);
  for (const enabled of [true, false]) {
    command.command(enabled ? "enable" : "disable")
      .description(
        enabled ? "Let mm sync fetch models again." : "Let mm sync pass models over; their files stay.",
      )
      .argument("<NAME...>", "as the manifest has it, or org/name for all of it")
      .option(...MANIFEST_OPTION)
      .action((names, options) => change(names, { enabled }, options, session));
  }
  for (const pinned of [true, false]) {
    command.command(pinned ? "pin" : "unpin")
      .description(pinned ? "Keep models as they are." : "Let models be updated and cleaned up again.")
      .argument("<REF...>", "org/name or org/name:QUANT")
      .option(...MANIFEST_OPTION)
      .action((references, options) => setPinned(references, pinned, options, session));
  }
  command.command("schema").description("Print the JSON Schema of the manifest, for editors.")
    .action(async () => {
      const schema = await (await session.app()).manifest.schema();
      const lines = JSON.stringify(schema, undefined, 2).split("\n");
      await session.output.result({
        json: () => schema,
        quiet: () => lines,
        human: () => lines,
        verbatim: true,
      });
    });
}

function configureAdd(command: Command, session: Session): void {
  command.command("add").description("Add models to the manifest; it is made when there is none.")
    .argument("<REF...>", "org/name[@revision][:quant, file or glob]")
    .option("--description <TEXT>", "for people")
    .option(
      "--priority <PRIORITY>",
      "high, medium or low: what mm sync fetches first",
      wordReader("--priority", PRIORITIES),
    )
    .option("--tag <TAG>", "to find it by; may be repeated", collect)
    .option("--size-estimate <SIZE>", "about how much it takes, such as 1.6GB", sizeReader("--size-estimate"))
    .option("--disabled", "let mm sync pass it over")
    .option("--pinned", "keep it as it is once it is here")
    .option(...MANIFEST_OPTION)
    .action(async (names, options) => {
      const { manifest } = await session.app();
      const fields = {
        ...readFields(options),
        ...(options.tag === undefined ? {} : { addTags: options.tag }),
        ...(options.disabled === true ? { enabled: false } : {}),
        ...(options.pinned === true ? { pinned: true } : {}),
      };
      const changes = await manifest.add(names, fields, manifestChoice(options));
      await report(changes, session, `Fetch it: ${nextCommand("mm sync", options)}`);
    });
}

function configureUpdate(command: Command, session: Session): void {
  command.command("update").description("Change what the manifest says of models.")
    .argument("<NAME...>", "as the manifest has it, or org/name for all of it")
    .option("--name <REF>", "another quant or revision, of one model")
    .option("--description <TEXT>", 'for people; "" takes it away')
    .option("--priority <PRIORITY>", "high, medium or low", wordReader("--priority", PRIORITIES))
    .option("--tag <TAG>", "add a tag; may be repeated", collect)
    .option("--untag <TAG>", "take a tag away; may be repeated", collect)
    .option("--size-estimate <SIZE>", "about how much it takes, such as 1.6GB", sizeReader("--size-estimate"))
    .option(...MANIFEST_OPTION)
    .action(async (names, options) => {
      const { name, tag, untag } = options;
      const changes = {
        ...readFields(options),
        ...(name === undefined ? {} : { name }),
        ...(tag === undefined ? {} : { addTags: tag }),
        ...(untag === undefined ? {} : { removeTags: untag }),
      };
      if (Object.keys(changes).length === 0) {
        throw new ModelManagerError("USAGE_ERROR", "Nothing to change: wanted an option that says what", {
          hints: [
            "Say it like: mm models update NAME --priority high",
            "See the options: mm models update --help",
          ],
        });
      }
      await change(names, changes, options, session);
    });
}
