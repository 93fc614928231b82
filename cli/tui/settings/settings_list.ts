/**
 * The list of settings with a line above each group: pure.
 *
 * @module
 */
import type { Column } from "../../output/column_layout.ts";
import { humanValue } from "../../output/setting_view.ts";
import type { Style, Theme } from "../../output/theme.ts";
import type { Frame } from "../screen.ts";
import { listTable } from "../widgets/list_table.ts";
import { firstVisible } from "../widgets/list_cursor.ts";
import { isUsual, originShort, originWord, type Setting } from "./setting_row.ts";
import type { SettingsState } from "./settings_state.ts";

function setStyle(setting: Setting, theme: Theme): Style | undefined {
  return isUsual(setting) ? undefined : theme.accent;
}

const NAME: Column<Setting> = {
  header: "SETTING",
  cell: ({ name }) => `  ${name}`,
  minimum: 16,
  cut: "middle",
  style: (_setting, theme) => theme.bold,
};
const VALUE: Column<Setting> = {
  header: "VALUE",
  cell: humanValue,
  minimum: 10,
  cut: "middle",
  style: setStyle,
};
const WORD: Column<Setting> = { header: "SET BY", cell: originWord, style: setStyle };
const ORIGIN: Column<Setting> = {
  header: "SET BY",
  cell: originShort,
  minimum: 7,
  cut: "middle",
  style: (setting, theme) => isUsual(setting) ? theme.dim : theme.accent,
};
const USUAL: Column<Setting> = {
  header: "DEFAULT",
  cell: (setting) => isUsual(setting) ? "" : setting.usual,
  minimum: 10,
  cut: "middle",
  style: (_setting, theme) => theme.dim,
};

const NARROW = [NAME, VALUE, WORD];
const MIDDLE = [NAME, VALUE, ORIGIN];
const WIDE = [NAME, VALUE, USUAL, ORIGIN];

function columnsFor({ columns }: Frame): readonly Column<Setting>[] {
  return columns < 60 ? NARROW : columns < 80 ? MIDDLE : WIDE;
}

/** The lines of the list, never more than there are rows; the cursor is seen, with its group where there is room. */
export function settingLines(
  { rows, cursor }: Pick<SettingsState, "rows" | "cursor">,
  frame: Frame,
): string[] {
  const { theme } = frame;
  const [header = "", ...lines] = listTable({ columns: columnsFor(frame), rows }, {
    frame: { ...frame, rows: rows.length + 1 },
    cursor,
  });
  let at = 0;
  const grouped = rows.flatMap((setting, index) => {
    const line = lines[index] ?? "";
    const isFirst = rows[index - 1]?.group !== setting.group;
    const group = isFirst ? [`  ${theme.accent(setting.group)}`] : [];
    if (index < cursor.index) at += group.length + 1;
    if (index === cursor.index) at += group.length;
    return [...group, line];
  });
  const room = Math.max(1, frame.rows - 1);
  const top = firstVisible({ index: at, top: topOf(at, room, grouped.length) }, {
    length: grouped.length,
    rows: room,
  });
  return [header, ...grouped.slice(top, top + room)];
}

/** The cursor in the middle, as far as the ends of the list let it be. */
function topOf(at: number, room: number, length: number): number {
  return Math.max(0, Math.min(at - Math.floor(room / 2), length - room));
}
