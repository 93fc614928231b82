/**
 * `mm search`.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import type { ModelSummary, SearchQuery } from "../../core/hub/model.ts";
import { collect, countReader, parameterReader } from "../flags.ts";
import { formatCount, formatDateAge, plural } from "../output/humanize.ts";
import { gatedMark } from "../output/model_access.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

const SORTS = ["downloads", "likes", "updated", "trending", "size"] as const;

function columns(nowMs: number): readonly Column<ModelSummary>[] {
  return [
    {
      header: "MODEL",
      cell: ({ repo }) => repo,
      minimum: 40,
      cut: "middle",
      style: (_row, theme) => theme.bold,
    },
    { header: "DOWNLOADS", cell: ({ downloads }) => formatCount(downloads), align: "right" },
    { header: "LIKES", cell: ({ likes }) => formatCount(likes), align: "right", expendable: 2 },
    {
      header: "PARAMS",
      cell: ({ parameters }) => parameters === undefined ? "" : formatCount(parameters),
      align: "right",
      expendable: 3,
    },
    { header: "LICENSE", cell: ({ license }) => license ?? "", minimum: 8, expendable: 4 },
    { header: "UPDATED", cell: ({ updatedAt }) => formatDateAge(updatedAt, nowMs), expendable: 1 },
    { header: "ACCESS", cell: gatedMark, style: (_row, theme) => theme.warning, expendable: 0 },
  ];
}

async function search(query: SearchQuery, session: Session): Promise<void> {
  const manager = await session.app();
  const models = await manager.search(query, { signal: session.signal });
  const { output } = session;
  await output.result({
    json: () => ({ models }),
    quiet: () => models.map(({ repo }) => repo),
    human: () => models.length === 0 ? [] : output.table(columns(session.clock.now()), models),
  });
  const [first] = models;
  if (first === undefined) {
    output.say(query.text.trim() === "" ? "No models match" : `No models match "${query.text}"`);
    if (query.allFormats !== true) output.suggest("Look among all formats: add --all-formats");
    return;
  }
  output.say(`${plural(models.length, "model")}, sorted by ${query.sort ?? "downloads"}`);
  const open = models.find((model) => gatedMark(model) === "") ?? first;
  output.suggest(`See the quants of one: mm show ${open.repo}`);
}

const NOTES = `
Examples:
  mm search "qwen 0.5b"                        by words
  mm search llama --author bartowski           of one author
  mm search whisper --all-formats --limit 5    other formats as well
  mm search coder --filter conversational --sort likes
  mm search llama --license apache-2.0 --max-params 8B`;

/** Adds what `mm search` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Find models on the Hub; GGUF only, unless --all-formats is given.")
    .argument("<QUERY...>", "words to look for")
    .option("--author <NAME>", "only models of this user or organization")
    .addOption(new Option("--sort <BY>", "what comes first").choices(SORTS).default("downloads" as const))
    .option(
      "--limit <N>",
      "how many models at most",
      countReader("--limit", { minimum: 1, maximum: 1000 }),
      20,
    )
    .option("--license <ID>", "only models with this license, such as mit")
    .option("--min-params <N>", "parameters at least, such as 1B", parameterReader("--min-params"))
    .option("--max-params <N>", "parameters at most, such as 8B", parameterReader("--max-params"))
    .option("--filter <TAG>", "only models with this tag; may be repeated", collect)
    .option("--all-formats", "not only GGUF")
    .addHelpText("after", NOTES)
    .action((words, options) =>
      search({
        text: words.join(" "),
        sort: options.sort,
        limit: options.limit,
        allFormats: options.allFormats === true,
        ...(options.author === undefined ? {} : { author: options.author }),
        ...(options.license === undefined ? {} : { license: options.license }),
        ...(options.minParams === undefined ? {} : { minParameters: options.minParams }),
        ...(options.maxParams === undefined ? {} : { maxParameters: options.maxParams }),
        ...(options.filter === undefined ? {} : { filters: options.filter }),
      }, session)
    );
}
