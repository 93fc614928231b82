/**
 * What completion knows of the commands. Generated from the commands of the program by `deno task docs`; a test fails when
 * it is not up to date.
 *
 * @module
 */

/** A line for each command; below it one for each argument, and one for each option. */
export const COMMAND_TEXT = `
mm
 -V, --version | show the version
 --config <FILE> | configuration file to use instead of the user's own
 --models-dir <DIR> | where models are kept
 --endpoint <URL> | the Hub's address
 --token <TOKEN> | access token, instead of the stored one
 --offline | use no network
 --json | one JSON document on standard output
 -q, --quiet | only the resulting paths or names, one a line
 -v, --verbose | say what is done on the way; twice for more
 --no-color | no color
 --no-progress | no progress bars
 -y, --yes | answer every question with yes
 -h, --help | show how it is used
mm tui | browse, download and look after models on the whole terminal
 WHERE
 --plain | in lines, for screen readers and simple terminals
 --theme <THEME> =dark,light,high-contrast | colors, for this time
mm search | find models
 QUERY...
 --author <NAME> | only models of this user or organization
 --sort <BY> =downloads,likes,updated,trending,size | what comes first
 --limit <N> | how many models at most
 --license <ID> | only models with this license, such as mit
 --min-params <N> | parameters at least, such as 1B
 --max-params <N> | parameters at most, such as 8B
 --filter <TAG> | only models with this tag; may be repeated
 --all-formats | not only GGUF
mm show | show a model: facts, quants, files
 REF
 --revision <REVISION> | branch, tag or commit, when the reference names none
 --readme | also the page that comes with it
mm pull (download) | download models
 REF...
 -i, --include <GLOB> | files like this as well; may be repeated
 -x, --exclude <GLOB> | no files like this; may be repeated
 --revision <REVISION> | branch, tag or commit, for references that name none
 --to <WHERE> | library, hf-cache or a directory
 --connections <N> | connections at once
 --limit-rate <RATE> | bytes a second, such as 20M; off for no limit
 --with-mmproj | the projector of a vision model as well
 -f, --force | fetch again what is here, and replace files in the way
 -n, --dry-run | only say what would be fetched
 --reuse <MODE> | files that are elsewhere on this machine: link, copy or off
 --no-wait | fail at once (10) while another process downloads one of the files
 --events | one JSON event a line on standard output
 --background | queue it, and return at once while it is downloaded
 --priority <PRIORITY> | urgent, high, normal or low; with --background
mm queue | downloads that wait: order, priorities, pauses
mm queue list | list the jobs in the order of their turns
 --status <STATUS> | only jobs that are pending, downloading, paused, completed, failed, cancelled
mm queue add | queue downloads, without waiting for them
 REF...
 -i, --include <GLOB> | files like this as well; may be repeated
 -x, --exclude <GLOB> | no files like this; may be repeated
 --revision <REVISION> | branch, tag or commit, for references that name none
 --to <WHERE> | library, hf-cache or a directory
 --connections <N> | connections at once
 --limit-rate <RATE> | bytes a second, such as 20M; off for no limit
 --with-mmproj | the projector of a vision model as well
 -f, --force | fetch again what is here, and replace files in the way
 --priority <PRIORITY> | urgent, high, normal, low
mm queue pause | stop jobs for now; what they have fetched is kept
 ID...
mm queue resume | let paused jobs go on where they were
 ID...
mm queue retry | queue failed and cancelled jobs again
 ID...
mm queue cancel | end jobs; what they have fetched stays until mm cleanup
 ID...
mm queue priority | change the priority of jobs
 PRIORITY
 ID...
mm queue move | put a job in another place of its priority
 ID
 PLACE
mm queue clear | forget finished jobs; files stay
 --status <STATUS> | only jobs that are completed, failed or cancelled
mm queue run | work the queue until it is empty, or follow who does
 --events | one JSON event a line on standard output
 --background | return at once; the work goes on without this terminal
 --follow | only follow who works it; do not take over
mm schedule | when the daemon downloads by itself
mm schedule list | list the schedules, with their next and last runs
mm schedule create | make a schedule, and switch it on
 REF...
 --name <NAME> | what it is called
 --type <TYPE> | daily, weekly or cron
 --time <TIME> | time of day, such as 23:00
 --day <DAY> | mon to sun, or 0 to 7 (0 and 7 are Sunday)
 --cron <EXPR> | minute, hour, day, month and weekday, such as "30 23 * * 1-5"
 --until <TIME> | pause at this time of day, and go on with the next run
 --time-zone <ZONE> | such as Europe/Berlin
 --limit-rate <RATE> | bytes a second, such as 20M; off for no limit
 --max-concurrent <N> | references at once
 --manifest <FILE> | the manifest to follow
mm schedule remove | delete schedules; what they have fetched stays
 NAME...
mm schedule enable | switch schedules on; what was due before is not made up for
 NAME...
mm schedule disable | switch schedules off; one that is at work stops
 NAME...
mm schedule set-active | switch one schedule on, and all others off
 NAME
mm list (ls) | list the models in the library
 NAME
 --status <STATUS> =downloading,available,error,deleted,pending | only models with this status
 --type <TYPE> =text-generation,text-to-image,image-to-text,audio-to-text,text-to-audio,embedding,classification,other | only models of this type
 --sort <BY> =name,size,date | what comes first
 --scan | first find and adopt files that were put there by hand
 --hf-cache | the cache of the Hub's own tools, not the library
mm remove (rm) | delete models from the library
 REF...
 -n, --dry-run | only say what would be deleted
 --hf-cache | from the cache of the Hub's own tools, not from the library
mm verify | check files against their recorded digests
 REF...
 --repair | fetch what is wrong or missing again: of large files only the bad pieces
 --hf-cache | the cache of the Hub's own tools, not the library
mm update | compare with the Hub, and fetch what has changed
 REF...
 --check | only say what has changed
 -n, --dry-run | the same as --check
 -f, --force | also models that are pinned
 --connections <N> | connections at once
 --limit-rate <RATE> | bytes a second, such as 20M; off for no limit
 --events | one JSON event a line on standard output
mm models | which models are wanted: the manifest, and pins
mm models list | list the models of the manifest, and how they stand
 --status <STATUS> | pending, downloading, completed, failed
 --tag <TAG> | only models with this tag; may be repeated, then with all of them
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm models add | add models to the manifest; it is made when there is none
 REF...
 --description <TEXT> | for people
 --priority <PRIORITY> | high, medium or low: what mm sync fetches first
 --tag <TAG> | to find it by; may be repeated
 --size-estimate <SIZE> | about how much it takes, such as 1.6GB
 --disabled | let mm sync pass it over
 --pinned | keep it as it is once it is here
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm models remove | take models out of the manifest; their files stay
 NAME...
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm models update | change what the manifest says of models
 NAME...
 --name <REF> | another quant or revision, of one model
 --description <TEXT> | for people; "" takes it away
 --priority <PRIORITY> | high, medium or low
 --tag <TAG> | add a tag; may be repeated
 --untag <TAG> | take a tag away; may be repeated
 --size-estimate <SIZE> | about how much it takes, such as 1.6GB
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm models enable | let mm sync fetch models again
 NAME...
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm models disable | let mm sync pass models over; their files stay
 NAME...
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm models pin | keep models as they are
 REF...
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm models unpin | let models be updated and cleaned up again
 REF...
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm models schema | print the JSON Schema of the manifest, for editors
mm sync | make the library match the manifest
 --frozen | fetch exactly what the lock says, or fail
 --prune | delete models that the manifest does not list
 -n, --dry-run | only say what would be done
 --refresh | ask the Hub about every model, whatever check_frequency says
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
 --connections <N> | connections at once
 --limit-rate <RATE> | bytes a second, such as 20M; off for no limit
 --events | one JSON event a line on standard output
mm lock | write down exactly what the manifest means now
 --manifest <FILE> | manifest to use (default: models.json here, else in the configuration directory)
mm cleanup | delete leftovers, and models beyond a quota
 --older-than <AGE> | age of downloads that broke off, such as 12h; not of models (default: cleanup.age_days)
 --max-size <SIZE> | what the library may take, such as 100G (default: cleanup.max_total_size)
 -n, --dry-run | only say what would be deleted
 --hf-cache | from the cache of the Hub's own tools, not from the library
mm import | take in models of other programs, without copying them
 PATH...
 --from <APP> =hf-cache,lmstudio,ollama | a program whose models are taken in
 --copy | copy the bytes instead of linking to them
 -n, --dry-run | hash and identify, but link nothing
mm link | show models to other programs, without copying them
 REF...
 --into <PLACE> | hf-cache, lmstudio, ollama, or a folder
 --name <NAME> | what Ollama is to call it
 --copy | copy the bytes instead of linking to them
 -f, --force | replace what has the name and is different
 -n, --dry-run | only say what would be linked
mm history | what was downloaded, and how it went
mm history list | list downloads, newest first
 --repo <REPO> | only downloads of this repository
 --status <STATUS> =completed,failed,cancelled | only downloads that ended like this
 --since <WHEN> | from then on: an age such as 30d, or a date (UTC)
 --until <WHEN> | up to then: an age, or a date, that day included
 --limit <N> | how many at most
mm history show | show one download whole: the newest that fits, or the one of an id
 ID
 --repo <REPO> | only downloads of this repository
 --status <STATUS> =completed,failed,cancelled | only downloads that ended like this
 --since <WHEN> | from then on: an age such as 30d, or a date (UTC)
 --until <WHEN> | up to then: an age, or a date, that day included
mm history stats | count downloads: success rate, bytes, speed, by day and by model
 --repo <REPO> | only downloads of this repository
 --status <STATUS> =completed,failed,cancelled | only downloads that ended like this
 --since <WHEN> | from then on: an age such as 30d, or a date (UTC)
 --until <WHEN> | up to then: an age, or a date, that day included
mm history export | write all downloads that fit, newest first
 --repo <REPO> | only downloads of this repository
 --status <STATUS> =completed,failed,cancelled | only downloads that ended like this
 --since <WHEN> | from then on: an age such as 30d, or a date (UTC)
 --until <WHEN> | up to then: an age, or a date, that day included
 --format <FORMAT> =json,csv | json, or csv for spreadsheets
 -o, --output <FILE> | write to a file instead of standard output; .csv means csv
mm history clear | delete the history, or the records that fit
 --repo <REPO> | only downloads of this repository
 --status <STATUS> =completed,failed,cancelled | only downloads that ended like this
 --since <WHEN> | from then on: an age such as 30d, or a date (UTC)
 --until <WHEN> | up to then: an age, or a date, that day included
 --older-than <AGE> | only what ended longer ago, such as 30d
mm serve | share the library as a Hub for other programs and machines
 --host <ADDRESS> | address to listen on (default 127.0.0.1: this machine only)
 --port <PORT> | port to listen on, 0 for a free one (default 8787)
 --access-token <TOKEN> | what clients have to send; better in MM_SERVE_TOKEN
 --allow-anonymous | let everybody have what is neither private nor gated
 --hf-cache | serve the cache of the Hub's own tools as well
 --pull-through | fetch what is missing from the Hub, keep it, and pass it on meanwhile
 --max-size <SIZE> | what the library may take with --pull-through, such as 500G (default: cleanup.max_total_size)
 --access-log <FILE> | write a JSON line for each request; - shows them
 --max-connections <N> | connections at once (default 1024, of one address 512)
 --idle-timeout <DURATION> | cut clients that take no byte for so long (default 60s)
mm start | start the daemon: queue and schedules without a terminal
 --foreground | be the daemon, in this terminal or for a service manager
mm stop | stop the daemon; what it has fetched is kept
mm restart | stop the daemon and start it anew
mm status | what the daemon works on, and what waits
 -w, --watch | stay, and show it as it changes; with --json one document a line
mm logs | what the daemon says
 -n, --tail <N> | how many of the last lines, or all
 -f, --follow | stay, and show what comes, until Ctrl+C
 --level <LEVEL> =trace,debug,info,warning,error,critical | only what is at least so severe
mm service | let the system start the daemon
mm service print | print the file for the service manager
 --system | for the whole machine, not for this user; systemd only
 --kind <KIND> =systemd,launchd,windows | another service manager than this machine's
mm service install | write the file, and start the daemon now and whenever you log on
 --system | for the whole machine, not for this user; systemd only
 --kind <KIND> =systemd,launchd,windows | another service manager than this machine's
 --no-start | write the file only
mm service uninstall | stop the service and delete its file
 --system | for the whole machine, not for this user; systemd only
 --kind <KIND> =systemd,launchd,windows | another service manager than this machine's
mm cache | the Hub's replies that are kept for a while
mm cache info | show how much is kept
mm cache clear | forget everything that is kept; it can be had again
mm config | settings and where they come from
mm config show | show all settings
 --origin | where each value comes from
mm config get | show one setting
 KEY
mm config set | set a setting in the user's file
 KEY
 VALUE
mm config unset | remove a setting from the user's file
 KEY
mm config reset | remove a setting, or all of them, from the user's file; of all, a backup is kept
 KEY
mm config export | write all settings that count, for --config elsewhere; tokens are not among them
 --format <FORMAT> =json,yaml | how to write them
mm config path | show which files are read
mm config validate | check the variables and the files, or one file; all mistakes are shown at once
 FILE
mm config edit | open the user's file in $VISUAL or $EDITOR; it is replaced when all in it is valid
mm login | check and store an access token
mm logout | delete the stored access token
mm whoami | show whose token is used
mm doctor | look for what is wrong, and say what to do
 --permissions <SET> | print the command line that grants the rights of a set: pull, ci, serve, daemon, tui
mm completions | let a shell complete commands, models and quants
 SHELL =bash,zsh,fish,powershell
 --name <NAME> | what the program is called here, when that is not mm
mm version | show the version
mm help | how a command is used; pages about everything else
 TOPIC...
 --man | the manual page, for man -l -
`;
