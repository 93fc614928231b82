/**
 * What a verification has shown, for people.
 *
 * @module
 */
import { type ErrorCode, ModelManagerError } from "../../core/base/errors.ts";
import type { LibraryModel, VerifiedFile } from "../../core/operations/model_manager.ts";
import { plural } from "./humanize.ts";
import { refetchCommands } from "./model_name.ts";
import type { Column } from "./table.ts";

/** Whether nothing has to be done about a file. */
export function isWell(status: VerifiedFile["status"]): boolean {
  return status === "ok" || status === "repaired";
}

/** The columns of the table, one row a file. */
export const VERIFY_COLUMNS: readonly Column<VerifiedFile>[] = [
  {
    header: "STATUS",
    cell: ({ status }) => status,
    style: ({ status }, theme) =>
      isWell(status) ? theme.good : status === "unproved" ? theme.warning : theme.error,
  },
  { header: "MODEL", cell: ({ repo }) => repo, minimum: 16, cut: "middle", expendable: 1 },
  { header: "FILE", cell: ({ path }) => path, minimum: 20, cut: "middle" },
];

/** Errors that say more of what has to be done than that files are wrong. */
const TELLING: readonly ErrorCode[] = ["OFFLINE", "INSUFFICIENT_SPACE"];

/**
 * Files that are wrong, as an error that says what to do.
 *
 * @param models The library, for the commands that fetch them anew; `undefined` when they are of no library.
 * @param repairCommand What fetches only what is wrong; `undefined` when nothing does.
 */
export function verifyProblem(
  bad: readonly VerifiedFile[],
  models: readonly LibraryModel[] | undefined,
  repairCommand: string | undefined,
): ModelManagerError {
  const count = (status: VerifiedFile["status"]): number =>
    bad.filter((file) => file.status === status).length;
  const [corrupt, missing, unreadable] = [count("corrupt"), count("missing"), count("unreadable")];
  const parts = [
    ...(corrupt === 0 ? [] : [`${plural(corrupt, "file")} ${corrupt === 1 ? "is" : "are"} corrupt`]),
    ...(missing === 0 ? [] : [`${plural(missing, "file")} ${missing === 1 ? "is" : "are"} missing`]),
    ...(unreadable === 0 ? [] : [`${plural(unreadable, "file")} cannot be read`]),
  ];
  const wrong = bad.filter(({ status }) => status !== "unreadable");
  const telling = wrong.map(({ error }) => error?.code).find((code) =>
    code !== undefined && TELLING.includes(code)
  );
  const reading = bad.find(({ status }) => status === "unreadable")?.error?.code ?? "FAILED";
  const code = telling ?? (corrupt > 0 ? "CHECKSUM_MISMATCH" : missing > 0 ? "NOT_FOUND" : reading);
  return new ModelManagerError(code, parts.join(", "), {
    hints: [
      ...(code === "OFFLINE" ? ["Repeat the command without --offline"] : []),
      ...(repairCommand === undefined ? [] : [`Fetch only what is wrong: ${repairCommand}`]),
      ...(code === "INSUFFICIENT_SPACE" || models === undefined ? [] : refetchCommands(wrong, models))
        .map((command) => `Fetch it anew: ${command}`),
      ...(wrong.length === 0 ? ["See who may read them: ls -l PATH"] : []),
    ],
  });
}

/** What there is to say when nothing is wrong. */
export function verifyVerdict(files: readonly VerifiedFile[]): string {
  const unproved = files.filter(({ status }) => status === "unproved").length;
  const proved = files.length - unproved;
  const well = `${plural(proved, "file")}: all as they should be`;
  if (unproved === 0) return well;
  const open = `${
    plural(unproved, "file")
  } without a known digest: the structure is sound, the bytes are not proved`;
  return proved === 0 ? open : `${well}; ${open}`;
}
