/**
 * `mm config edit`.
 *
 * @module
 */
import {
  fromErrorData,
  isModelManagerError,
  ModelManagerError,
  toErrorData,
} from "../../core/base/errors.ts";
import type { ConfigDraft } from "../../core/config/mod.ts";
import type { Session } from "../session.ts";

/** A day. */
const EDITING_LIMIT_MS = 86_400_000;

/** The editor to run. */
function chooseEditor(session: Session): string {
  const { environment, terminal } = session;
  const named = [environment["VISUAL"], environment["EDITOR"]].find((name) => (name?.trim() ?? "") !== "");
  if (named !== undefined) return named.trim();
  if (terminal.stdinIsTerminal && terminal.stderrIsTerminal) {
    return environment["WINDIR"] === undefined ? "vi" : "notepad";
  }
  throw new ModelManagerError("USAGE_ERROR", "There is no terminal to edit on, and no editor is named", {
    hints: ["Change one setting: mm config set KEY VALUE", "Or name an editor: EDITOR=nano mm config edit"],
  });
}

/** Where what was typed is, and how to go on. */
function keptHints({ path }: ConfigDraft): readonly string[] {
  return [`What you typed is kept in "${path}"; go on with it: mm config edit`];
}

/** Whether somebody can be asked; `--yes` would open an editor that mends nothing for ever. */
function canAsk({ terminal, output, globals }: Session): boolean {
  return terminal.stdinIsTerminal && terminal.stderrIsTerminal && output.mode === "human" && !globals.yes;
}

async function wantsToCorrect({ terminal, output, signal }: Session): Promise<boolean> {
  output.ask("Edit it again? [Y/n] ");
  const answer = await terminal.readLine({ signal });
  return answer !== undefined && /^(?:y(?:es)?)?$/i.test(answer.trim());
}

/** The text when it can be used; `undefined` when it is to be edited again. */
async function checked(
  text: string,
  { file, draft, session }: { readonly file: string; readonly draft: ConfigDraft; readonly session: Session },
): Promise<string | undefined> {
  const { readConfigText } = await session.configuration();
  const { home } = await session.directories();
  try {
    await readConfigText({ path: file, source: "user file" }, text, { home });
    return text;
  } catch (error) {
    if (!isModelManagerError(error)) throw error;
    const data = toErrorData(error);
    // The file is in the editor already.
    const advice = data.hints.filter((hint) => !/^(?:Edit|Correct) /.test(hint));
    const hints = keptHints(draft);
    if (!canAsk(session)) throw fromErrorData({ ...data, hints: [...advice, ...hints] });
    session.output.failPart({
      ...data,
      hints: advice.length > 0 ? advice : ["See what is allowed: mm config show"],
    });
    if (await wantsToCorrect(session)) return undefined;
    throw new ModelManagerError("CONFIG_INVALID", `"${file}" was left as it was`, { hints });
  }
}

/** Runs the editor on the copy once. */
async function runOnce(editor: string, draft: ConfigDraft, session: Session): Promise<string> {
  const { stopLimitMs } = session;
  // Ctrl+C is for the editor, which may go on; two programs must not read the same terminal.
  session.stopLimitMs = EDITING_LIMIT_MS;
  const code = await session.runEditor(editor, draft.path);
  session.stopLimitMs = stopLimitMs;
  session.signal.throwIfAborted();
  const text = await draft.read();
  if (code === 0) return text;
  const isKept = !draft.isUnchanged(text);
  if (!isKept) await draft.discard();
  const what = code === 127 || code === 126 ? "could not be started" : `ended with exit code ${code}`;
  throw new ModelManagerError(
    "FAILED",
    `The editor "${editor}" ${what}: the settings were left as they were`,
    {
      hints: [...(isKept ? keptHints(draft) : []), "Use another one: EDITOR=nano mm config edit"],
    },
  );
}

/** Makes a good text the file; asks when somebody else has changed it in the meantime. */
async function publish(text: string, draft: ConfigDraft, session: Session, file: string): Promise<void> {
  if (await draft.publish(text)) return;
  session.output.say(`"${file}" was changed by somebody else while you typed`);
  if (!await session.confirm("Replace it all the same?", `replace "${file}", which was changed meanwhile`)) {
    throw new ModelManagerError("FAILED", `"${file}" was left as it was`, { hints: keptHints(draft) });
  }
  await draft.publish(text, { force: true });
}

/** Opens the user's file in an editor; it is replaced when all is valid. */
export async function editConfiguration(file: string, session: Session): Promise<void> {
  const { output } = session;
  const editor = chooseEditor(session);
  const { openConfigDraft } = await session.configuration();
  await using draft = await openConfigDraft(file);
  if (draft.isResumed) output.say(`Going on with what was typed before, in "${draft.path}"`);
  for (;;) {
    const typed = await runOnce(editor, draft, session);
    const changed = !draft.isUnchanged(typed);
    if (changed) {
      const text = await checked(typed, { file, draft, session });
      if (text === undefined) continue;
      await publish(text, draft, session, file);
    } else await draft.discard();
    await output.result({ json: () => ({ file, changed }), quiet: () => [], human: () => [] });
    output.say(changed ? `Changed "${file}"` : "Nothing was changed");
    return;
  }
}
