/**
 * Examples of the commands whose own modules have none: each a line to type, and what it is for.
 *
 * @module
 */

/** A line to type, and what it is for. */
export type Example = readonly [line: string, what: string];

/** By the command's name below the program's. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "queue list": [
    ["mm queue list", "what is under way, and what waits for its turn"],
    ["mm queue list --status failed", "what went wrong, and why"],
  ],
  "queue add": [
    ["mm queue add org/name:Q4_K_M other/name", "two downloads, for later"],
    ["mm queue add org/name --priority urgent", "before everything else"],
    ["mm queue add org/name --limit-rate 5M", "with a limit of its own"],
  ],
  "queue pause": [
    ["mm queue pause all", "everything stops, and goes on where it was"],
    ["mm queue pause 1w3k9f2c", "one job, by its id in mm queue list"],
  ],
  "queue resume": [
    ["mm queue resume all", "everything goes on"],
    ["mm queue resume 1w3k", "one job, by the beginning of its id"],
  ],
  "queue retry": [
    ["mm queue retry all", "whatever failed or was cancelled"],
    ["mm queue retry 1w3k9f2c", "one job"],
  ],
  "queue cancel": [
    ["mm queue cancel 1w3k9f2c", "one job"],
    ["mm queue cancel all", "everything that is not finished"],
  ],
  "queue priority": [
    ["mm queue priority urgent 1w3k9f2c", "now, in the place of another one"],
    ["mm queue priority low all", "after everything that is added later"],
  ],
  "queue move": [
    ["mm queue move 1w3k9f2c first", "before all of its priority"],
    ["mm queue move 1w3k9f2c down", "one place later"],
  ],
  "queue clear": [
    ["mm queue clear", "forget whatever is finished"],
    ["mm queue clear --status completed", "keep what failed"],
  ],
  "queue run": [
    ["mm queue run", "work it here, with bars"],
    ["mm queue run --background", "work it without this terminal"],
    ["mm queue run --follow", "look on while another process works it"],
  ],
  "schedule list": [
    ["mm schedule list", "when each one runs next, and how it went"],
    ["mm schedule list --json", "the same, for a program"],
  ],
  "schedule create": [
    ["mm schedule create --name nightly --time 23:00 --until 07:00", "the manifest, at night"],
    ["mm schedule create --name weekend --day sat --time 10:00 org/name:Q4_K_M", "one model, on Saturdays"],
    ['mm schedule create --name workdays --cron "30 1 * * 1-5"', "Monday to Friday"],
  ],
  "schedule remove": [
    ["mm schedule remove nightly", "one schedule"],
    ["mm schedule remove nightly weekend", "two of them"],
  ],
  "schedule enable": [
    ["mm schedule enable nightly", "it runs again"],
    ["mm schedule enable nightly weekend", "two of them"],
  ],
  "schedule disable": [
    ["mm schedule disable nightly", "it is kept, and does not run"],
    ["mm schedule disable nightly weekend", "two of them"],
  ],
  "schedule set-active": [
    ["mm schedule set-active nightly", "this one on, all others off"],
    ["mm schedule set-active weekend", "another one in its place"],
  ],
  "models list": [
    ["mm models list", "what is wanted, and what of it is here"],
    ["mm models list --tag chat", "only what has this tag"],
  ],
  "models add": [
    ["mm models add org/name:Q4_K_M", "one quant"],
    ["mm models add org/name@v1.0 --priority high --tag chat", "a revision, fetched first"],
  ],
  "models remove": [
    ["mm models remove org/name:Q4_K_M", "one entry"],
    ["mm models remove org/name", "everything of that repository"],
  ],
  "models update": [
    ["mm models update org/name --priority low --untag chat", "what is said of it"],
    ["mm models update org/name:Q4_K_M --name org/name:Q8_0", "another quant in its place"],
  ],
  "models enable": [
    ["mm models enable org/name", "mm sync fetches it again"],
    ["mm models enable org/name --manifest lab.json", "in another manifest"],
  ],
  "models disable": [
    ["mm models disable org/name", "mm sync passes it over"],
    ["mm models disable org/name --manifest lab.json", "in another manifest"],
  ],
  "models pin": [
    ["mm models pin org/name:Q4_K_M", "no update, and no cleanup"],
    ["mm models pin org/name other/name", "two models, with all their quants"],
  ],
  "models unpin": [
    ["mm models unpin org/name:Q4_K_M", "it may be updated again"],
    ["mm models unpin org/name", "all quants of it"],
  ],
  "models schema": [
    ["mm models schema > models.schema.json", "for an editor"],
    ["mm models schema | head", "only a look"],
  ],
  "lock": [
    ["mm lock", "write models.lock.json beside the manifest"],
    ["mm lock --manifest lab/models.json", "of another manifest"],
  ],
  "history list": [
    ["mm history list --limit 5", "the last five"],
    ["mm history list --status failed --since 7d", "what went wrong this week"],
    ["mm history list --repo org/name", "of one repository"],
  ],
  "history show": [
    ["mm history show", "the newest one, whole"],
    ["mm history show --status failed", "the newest that failed, with its causes"],
  ],
  "history stats": [
    ["mm history stats", "success rate, bytes and speed of all downloads"],
    ["mm history stats --since 30d", "of the last month"],
  ],
  "history clear": [
    ["mm history clear --older-than 90d", "whatever is older than 90 days"],
    ["mm history clear --status failed --yes", "failures, without asking"],
  ],
  "stop": [
    ["mm stop", "what it was downloading goes on with the next mm start"],
    ["mm status", "whether it has ended"],
  ],
  "restart": [
    ["mm restart", "after an update of the program"],
    ["mm restart --json", "the same, for a program"],
  ],
  "status": [
    ["mm status", "what is under way, and what comes next"],
    ["mm status --watch", "looked at again every second"],
    ["mm status --json", "for a program"],
  ],
  "logs": [
    ["mm logs --tail 50", "the last 50 lines"],
    ["mm logs --follow --level warning", "whatever goes wrong from now on"],
  ],
  "service print": [
    ["mm service print", "what would be written for this machine"],
    ["mm service print --kind launchd", "for another service manager"],
  ],
  "service install": [
    ["mm service install", "the daemon starts whenever you log on"],
    ["mm service print", "look at it first"],
  ],
  "service uninstall": [
    ["mm service uninstall", "the daemon starts by mm start only"],
    ["mm service uninstall --json", "the same, for a program"],
  ],
  "cache": [
    ["mm cache info", "how much is kept"],
    ["mm cache clear", "ask the Hub anew"],
  ],
  "cache info": [
    ["mm cache info", "how much is kept, and for how long"],
    ["mm cache info --json", "the same, for a program"],
  ],
  "cache clear": [
    ["mm cache clear", "the next question goes to the Hub"],
    ["mm cache clear --json", "the same, for a program"],
  ],
  "config show": [
    ["mm config show", "every setting that counts now"],
    ["mm config show --origin", "and where it comes from"],
  ],
  "config get": [
    ["mm config get models_dir", "where models are kept"],
    ["mm config get download.connections --json", "with where it comes from, for a program"],
  ],
  "config set": [
    ["mm config set models_dir /data/models", "another place for models"],
    ["mm config set download.limit_rate 20M", "20 MB a second at most"],
    ["mm config set cleanup.max_total_size 500G", "a quota for the library"],
  ],
  "config unset": [
    ["mm config unset download.limit_rate", "the default counts again"],
    ["mm config unset models_dir", "models are kept in ~/models again"],
  ],
  "config reset": [
    ["mm config reset", "all settings, after a question"],
    ["mm config reset log.level", "one of them"],
  ],
  "config export": [
    ["mm config export > config.json", "for another machine"],
    ["mm config export --format yaml", "in the other format"],
  ],
  "config path": [
    ["mm config path", "which file is read"],
    ["mm config path --quiet", "only your own, for a script"],
  ],
  "config validate": [
    ["mm config validate", "the files that are read here"],
    ["mm config validate other.yaml", "another file"],
  ],
  "config edit": [
    ["mm config edit", "in your editor; checked before it is kept"],
    ["EDITOR=nano mm config edit", "in another editor"],
  ],
  "logout": [
    ["mm logout", "delete the stored token"],
    ["mm login", "store another one"],
  ],
  "whoami": [
    ["mm whoami", "whose token is used"],
    ["mm whoami --json", "with its kind and what it may do"],
  ],
  "demo": [
    ["mm demo", "search, pull, list and verify, as a tour"],
    ["mm demo --serve", "a Hub to try things on"],
  ],
  "version": [
    ["mm version", "as a line"],
    ["mm version --json", "with the versions of what it runs on"],
  ],
};

/** The examples of a command, under each other. */
export function exampleText(examples: readonly Example[]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return ["", "Examples:", ...examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`)].join("\n");
}
