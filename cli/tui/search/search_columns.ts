/**
 * The columns of the results.
 *
 * @module
 */
import type { ModelSummary } from "../../../mod.ts";
import type { Column } from "../../output/column_layout.ts";
import { formatCount, formatDateAge } from "../../output/humanize.ts";
import { fit, measureNarrow } from "../../output/text_width.ts";
import { gatedMark } from "../../output/model_access.ts";
import type { SearchRoom } from "./search_room.ts";

type Layout = SearchRoom["layout"];

/** Ages are told in minutes, or longer. */
const MINUTE_MS = 60_000;

/** The owner gives way before the name of the model, which tells more: `lmstudio…/Qwen2.5-7B-Instruct-GGUF`. */
const OWNER_WIDTH: Readonly<Record<Layout, number>> = { wide: 12, medium: 9, narrow: 7 };

/** Columns of a usual name. */
const MODEL_WIDTH: Readonly<Record<Layout, number>> = { wide: 38, medium: 34, narrow: 20 };

function shortRepo(repo: string, ownerWidth: number): string {
  const slash = repo.indexOf("/");
  const owner = fit(repo.slice(0, Math.max(0, slash)), ownerWidth, { measure: measureNarrow });
  return owner + repo.slice(Math.max(0, slash));
}

function makeColumns(layout: Layout, nowMs: number): readonly Column<ModelSummary>[] {
  const model: Column<ModelSummary> = {
    // With short names as with long ones, the other columns stay where they are.
    header: "MODEL".padEnd(MODEL_WIDTH[layout]),
    cell: ({ repo }) => shortRepo(repo, OWNER_WIDTH[layout]),
    minimum: layout === "wide" ? 34 : 16,
    style: (_row, theme) => theme.bold,
  };
  const downloads: Column<ModelSummary> = {
    header: layout === "wide" ? "DOWNLOADS" : "DOWNL.",
    cell: (row) => formatCount(row.downloads),
    align: "right",
  };
  const access: Column<ModelSummary> = {
    header: "ACCESS",
    cell: gatedMark,
    style: (_row, theme) => theme.warning,
    expendable: 0,
  };
  if (layout === "narrow") return [model, downloads, access];
  const likes: Column<ModelSummary> = {
    header: "LIKES",
    cell: (row) => formatCount(row.likes),
    align: "right",
  };
  const updated: Column<ModelSummary> = {
    header: "UPDATED",
    cell({ updatedAt }) {
      const age = formatDateAge(updatedAt, nowMs);
      return layout === "wide" ? age : age.replace(/ ago$/, "");
    },
    expendable: 1,
  };
  if (layout === "medium") return [model, downloads, likes, updated, access];
  return [
    model,
    downloads,
    likes,
    {
      header: "PARAMS",
      cell: ({ parameters }) => parameters === undefined ? "" : formatCount(parameters),
      align: "right",
      expendable: 2,
    },
    { header: "LICENSE", cell: ({ license }) => license ?? "", minimum: 8, expendable: 3 },
    updated,
    access,
  ];
}

const known = new Map<
  Layout,
  { readonly minute: number; readonly columns: readonly Column<ModelSummary>[] }
>();

/** The columns for a layout: the same array as long as they show the same. */
export function searchColumns(layout: Layout, nowMs: number): readonly Column<ModelSummary>[] {
  const minute = Math.floor(nowMs / MINUTE_MS);
  const before = known.get(layout);
  if (before?.minute === minute) return before.columns;
  const columns = makeColumns(layout, nowMs);
  known.set(layout, { minute, columns });
  return columns;
}
