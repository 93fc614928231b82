/**
 * The sums of the history by repository: pure.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { HistoryRepo } from "../../../core/state/history_record.ts";
import { type Column, layOutColumns } from "../../output/column_layout.ts";
import { speedText, successText } from "../../output/history_view.ts";
import { drawBar } from "../../output/progress_frame.ts";
import { fit } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";

/** More are not looked at by anybody. */
const MAX_REPOS = 40;
const BAR_COLUMNS = 16;

function repoColumns(most: number, { columns, unicode }: Frame): readonly Column<HistoryRepo>[] {
  const name: Column<HistoryRepo> = { header: "MODEL", cell: ({ repo }) => repo, minimum: 14, cut: "middle" };
  const bar: Column<HistoryRepo> = {
    header: "",
    cell: ({ bytesFetched }) => drawBar(bytesFetched, Math.max(1, most), BAR_COLUMNS, { unicode }),
    style: (_repo, theme) => theme.accent,
  };
  const fetched: Column<HistoryRepo> = {
    header: "FETCHED",
    cell: ({ bytesFetched }) => formatByteSize(bytesFetched),
    align: "right",
  };
  const total: Column<HistoryRepo> = {
    header: "DOWNLOADS",
    cell: (repo) => String(repo.total),
    align: "right",
    expendable: 1,
  };
  const success: Column<HistoryRepo> = {
    header: "SUCCESS",
    cell: successText,
    align: "right",
    expendable: 2,
  };
  const speed: Column<HistoryRepo> = {
    header: "SPEED",
    cell: ({ averageBytesPerSecond }) => speedText(averageBytesPerSecond),
    align: "right",
    expendable: 3,
  };
  if (columns < 60) return [name, fetched];
  return columns < 80 ? [name, fetched, total, success] : [name, bar, fetched, total, success, speed];
}

/** A line for each repository, with what was fetched of it as a bar where there is room. */
export function repoLines(repos: readonly HistoryRepo[], frame: Frame): string[] {
  const { columns, measure, theme } = frame;
  if (repos.length === 0) return [];
  const rows = repos.slice(0, MAX_REPOS);
  const most = Math.max(...rows.map(({ bytesFetched }) => bytesFetched));
  const layout = layOutColumns({ columns: repoColumns(most, frame), rows }, { room: columns, measure });
  const rest = repos.length - rows.length;
  const more = rest === 0 ? [] : [fit(`and ${rest} more: mm history stats --json`, columns, { measure })];
  return [
    layout.header(theme.dim),
    ...rows.map((_repo, index) => layout.line(index, theme)),
    ...more.map(theme.dim),
  ];
}
