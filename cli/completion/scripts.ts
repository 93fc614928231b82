/**
 * The scripts that tell a shell to ask the program what can be typed.
 *
 * They are small on purpose: everything is worked out by the program, so that a script does not age. None of them runs
 * anything of what it is answered. The scripts of packages for this do: they hand candidates to `compgen -W`, which runs
 * a `$(…)` in a name, give the typed words to `eval`, and lose what stands before a colon.
 *
 * @module
 */
import type { Shell } from "./reply.ts";

/** How the script of a shell gets into it. */
export interface InstallLines {
  /** For this session. */
  readonly now: string;
  /** For every session from then on. */
  readonly always: string;
}

const INSTALL: Readonly<Record<Shell, (name: string) => InstallLines>> = {
  bash: (name) => ({
    // The bash of macOS cannot source what another program prints.
    now: `eval "$(${name} completions bash)"`,
    always: `echo 'eval "$(${name} completions bash)"' >> ~/.bashrc`,
  }),
  zsh: (name) => ({
    now: `source <(${name} completions zsh)`,
    always: `echo 'source <(${name} completions zsh)' >> ~/.zshrc`,
  }),
  fish: (name) => ({
    now: `${name} completions fish | source`,
    always:
      `mkdir -p ~/.config/fish/completions; ${name} completions fish > ~/.config/fish/completions/${name}.fish`,
  }),
  powershell: (name) => ({
    now: `${name} completions powershell | Out-String | Invoke-Expression`,
    // The folder of the profile is not there on a new machine.
    always:
      `New-Item -ItemType Directory -Force (Split-Path $PROFILE); '${name} completions powershell | Out-String | Invoke-Expression' >> $PROFILE`,
  }),
};

/** What to type to have completions in a shell. */
export function installLines(shell: Shell, name = "mm"): InstallLines {
  return INSTALL[shell](name);
}

const BASH = String.raw`
_@ID@_complete() {
  local line kind=''
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <(@NAME@ complete bash "\${COMP_TYPE-}" "\${COLUMNS-}" "$2" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)
  # Older versions of bash, such as that of macOS, have no compopt; there, paths are not added.
  case $kind in
    files) compopt -o default +o nospace 2>/dev/null ;;
    directories)
      if (( \${#COMPREPLY[@]} == 0 )); then
        compopt -o dirnames +o nospace 2>/dev/null
      else
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$2" 2>/dev/null)
        compopt -o filenames 2>/dev/null
      fi
      ;;
  esac
  return 0
}
complete -o nospace -F _@ID@_complete @NAME@
`;

const ZSH = String.raw`
_@ID@() {
  local line kind value
  local -a lines closed open
  lines=("\${(@f)$(@NAME@ complete zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}")
  kind=$lines[1]
  for line in "\${(@)lines[2,-1]}"; do
    # A colon stands between a value and its description, when there is one.
    value=\${line%%$'\t'*}
    line=\${line#*$'\t'}
    line="\${\${value//\\/\\\\}//:/\\:}\${line:+:$line}"
    if [[ $value == *[:=@/] ]]; then open+=("$line"); else closed+=("$line"); fi
  done
  # "q4" is answered by "Q4_K_M": the shell is to take it for the same.
  local code=1 same='m:{[:lower:][:upper:]}={[:upper:][:lower:]}'
  (( $#closed )) && _describe -V -t values value closed -M $same && code=0
  (( $#open )) && _describe -V -t values value open -S '' -M $same && code=0
  case $kind in
    files|directories)
      # The name of an option before the path is not part of it.
      compset -P 1 '--*=' || true
      if [[ $kind == files ]]; then _files && code=0; else _files -/ && code=0; fi
      ;;
  esac
  return code
}
if [[ $funcstack[1] == _@ID@ ]]; then
  _@ID@ "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
  compdef _@ID@ @NAME@
fi
`;

const FISH = String.raw`
function __@ID@_complete
    set -l lines (@NAME@ complete fish (commandline -cp | string collect) 2>/dev/null </dev/null)
    set -l kind $lines[1]
    set -e lines[1]
    test (count $lines) -gt 0; and printf '%s\n' $lines
    set -l word (commandline -ct)
    # The name of an option before a path is not part of it.
    set -l before (string match -r -- '^--[^=]+=' $word)
    set -l path (string replace -- "$before" '' "$word")
    switch "$kind"
        case files
            for each in (__fish_complete_path $path)
                printf '%s\n' "$before$each"
            end
        case directories
            for each in (__fish_complete_directories $path)
                printf '%s\n' "$before$each"
            end
    end
end
complete -c @NAME@ -e
complete -c @NAME@ -f -k -a '(__@ID@_complete)'
`;

const POWERSHELL = String.raw`
Register-ArgumentCompleter -Native -CommandName '@NAME@' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $line = $commandAst.Extent.Text
  $length = $cursorPosition - $commandAst.Extent.StartOffset
  if ($length -lt $line.Length) { $line = $line.Substring(0, $length) } else { $line = $line.PadRight($length) }
  $encoded = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($line))
  $lines = @($null | & '@NAME@' complete powershell $encoded 2>$null)
  $lines | Select-Object -Skip 1 | ForEach-Object {
    $inserted, $shown, $description = $_ -split [char]9, 3
    [Management.Automation.CompletionResult]::new($inserted, $shown, 'ParameterValue', $description)
  }
  if ($lines.Count -gt 0 -and $lines[0] -ne 'none') {
    $before = if ($wordToComplete -match '^--[^=]+=') { $Matches[0] } else { '' }
    [Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete.Substring($before.Length)) |
      Where-Object { $lines[0] -eq 'files' -or $_.ResultType -eq 'ProviderContainer' } |
      ForEach-Object {
        [Management.Automation.CompletionResult]::new($before + $_.CompletionText, $_.ListItemText, $_.ResultType, $_.ToolTip)
      }
  }
}
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };

/**
 * The script for a shell.
 *
 * @param name What the program is called on this machine; it ends up in a script, so nothing but letters, digits, `.`, `_`
 * and `-` may be in it.
 * @throws {RangeError} When there is.
 */
export function completionScript(shell: Shell, name = "mm"): string {
  if (!isProgramName(name)) throw new RangeError(`"${name}" is no name of a program`);
  const { now, always } = installLines(shell, name);
  const head = [
    ...(shell === "zsh" ? [`#compdef ${name}`] : []),
    `# ${shell} completion for ${name}. For this session:`,
    `#   ${now}`,
    "# For every session:",
    `#   ${always}`,
  ];
  const body = SCRIPTS[shell].replaceAll("\\${", "${").replaceAll("@NAME@", name)
    .replaceAll("@ID@", name.replace(/\W/g, "_"));
  return `${head.join("\n")}\n${body.trimStart()}`;
}

/** Whether a program can be called so. */
export function isProgramName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(name);
}
