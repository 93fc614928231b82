/**
 * `mm verify --hf-cache`.
 *
 * @module
 */
import type { HfCache, VerifiedFile } from "../../core/operations/model_manager.ts";
import { quoteArgument } from "../command_line.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { verifyProblem, verifyVerdict } from "../output/verify_view.ts";
import type { Session } from "../session.ts";
import { runVerification, sayFileErrors } from "../verify_run.ts";

/** More commands would hide the first. */
const MAX_HINTS = 3;

/** What fetches wrong files of the cache again. */
function refetchHints(cache: HfCache, bad: readonly VerifiedFile[]): string[] {
  const wrong = new Set(bad.filter(({ status }) => status !== "unreadable").map(({ path }) => path));
  const commands = cache.repos.filter(({ kind }) => kind === "model").flatMap((repo) =>
    repo.revisions.flatMap((revision) =>
      revision.files.filter((file) => wrong.has(file.snapshotPath)).map((file) => {
        const reference = `${repo.repo}@${revision.refs[0] ?? revision.commit}:${file.path}`;
        return `Fetch it anew: mm pull ${quoteArgument(reference)} --to hf-cache --force`;
      })
    )
  );
  return [...new Set(commands)].slice(0, MAX_HINTS);
}

/** Verifies what of the cache the references mean, or everything. */
export async function verifyCache(references: readonly string[], session: Session): Promise<void> {
  const { hfCache } = await session.app();
  const { output, signal } = session;
  const generator = hfCache.verify(references, { signal });
  const { files, bad } = await runVerification(generator, session);
  if (files.length === 0) return output.say("The cache is empty: there is nothing to verify");
  sayFileErrors(files, session);
  if (bad.length === 0) return output.say(verdict(files));
  const error = verifyProblem(bad, undefined, undefined);
  const hints = [...refetchHints(await hfCache.scan(), bad), ...error.hints];
  if (hints.length === 0) hints.push("See what is there: mm list --hf-cache");
  session.exitCode = EXIT_CODES[error.code];
  output.failPart({ code: error.code, message: error.message, hints, causes: [] });
}

/** Nothing was looked at of what has no digest: it is only said. */
function verdict(files: readonly VerifiedFile[]): string {
  const unproved = files.filter(({ status }) => status === "unproved").length;
  if (unproved === 0) return verifyVerdict(files);
  const rest = files.filter(({ status }) => status !== "unproved");
  const open = `${unproved} without a digest in the cache, which only a pull can prove`;
  return rest.length === 0 ? open : `${verifyVerdict(rest)}; ${open}`;
}
