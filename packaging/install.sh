#!/bin/sh
# Installs mm, the Model Manager, for one person: no root, nothing but one file.
#
#   sh install.sh [--version 0.1.0] [--to DIR]
#
# Variables: MM_INSTALL      the folder for the program   (else ~/.local/bin)
#            MM_VERSION      the version                  (else the newest)
#            MM_INSTALL_FROM the address of the releases  (else where this script was released)
#
# What is downloaded has to have the SHA-256 of the release's SHA256SUMS; until it has, nothing is changed.
# Everything is in functions, and called in the last line: a script that was cut short does nothing.
set -eu

# Else a trap in a function is one of that function for zsh.
[ -z "${ZSH_VERSION:-}" ] || emulate sh

# The release workflow writes the address of its own releases here.
RELEASES=""

say() { printf '%s\n' "$*" >&2; }

# fail MESSAGE HINT…
fail() {
  say "error: $1"
  shift
  [ "$#" -eq 0 ] || say ""
  for hint in "$@"; do say "hint: $hint"; done
  exit 1
}

usage() {
  say "Usage: sh install.sh [--version VERSION] [--to DIR]"
  say ""
  say "Installs mm into ~/.local/bin, or the folder that --to or MM_INSTALL names."
  say ""
  say "Examples:"
  say "  sh install.sh                            the newest release"
  say "  sh install.sh --version 0.1.0            a certain one"
  say "  sh install.sh --to /opt/mm/bin           into another folder"
}

has() { command -v "$1" >/dev/null 2>&1; }

# The name of the binary for this machine.
find_target() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "There is no binary for this processor: $machine" \
      "With Deno it runs from its source: deno run -A jsr:@model-manager/mm" ;;
  esac
  case $system in
    Linux)
      if is_musl; then
        fail "The binary needs glibc, and this system has musl" \
          "Use a system with glibc, such as the image debian:stable-slim"
      fi
      target="$machine-unknown-linux-gnu"
      ;;
    Darwin)
      # A shell that is translated says x86_64 on the newer machines.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then machine=aarch64; fi
      target="$machine-apple-darwin"
      ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
      fail "This script is for Linux and macOS" "In PowerShell: irm $from/latest/download/install.ps1 | iex" ;;
    *) fail "There is no binary for this system: $system" \
      "With Deno it runs from its source: deno run -A jsr:@model-manager/mm" ;;
  esac
}

is_musl() {
  if has getconf && getconf GNU_LIBC_VERSION >/dev/null 2>&1; then return 1; fi
  for loader in /lib/ld-musl-*; do
    [ -e "$loader" ] && return 0
  done
  return 1
}

# Nobody between here and there is to choose what is installed.
check_address() {
  case $1 in
    https://*) ;;
    http://127.0.0.1:* | http://localhost:*) ;;
    "") fail "This copy of the script does not know where the releases are" \
      "Take the one of a release, or name the address: MM_INSTALL_FROM=https://… sh install.sh" ;;
    *) fail "Releases are fetched by https only, not from \"$1\"" "Give an address that begins with https://" ;;
  esac
}

# download ADDRESS FILE: by curl, else wget.
download() {
  if has curl; then
    curl --fail --silent --show-error --location --retry 3 --proto "=${1%%:*}" --output "$2" "$1" >&2
  elif has wget; then
    wget -q -O "$2" "$1" >&2
  else
    fail "Neither curl nor wget is there to download with" "Install one of them, as in: apt-get install curl"
  fi
}

sha256_of() {
  if has sha256sum; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  elif has openssl; then
    openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
  else
    fail "Nothing is there to check the download with: sha256sum, shasum or openssl" \
      "Install one of them, as in: apt-get install coreutils"
  fi
}

make_folder() {
  # Else the program would be moved into it.
  if [ -d "$folder/mm" ]; then
    fail "\"$folder/mm\" is a folder, and the program is to have that name" \
      "Move it away, or name another folder: MM_INSTALL=DIR sh install.sh"
  fi
  if ! mkdir -p "$folder" 2>/dev/null; then
    fail "Cannot make the folder \"$folder\"" "Name another one: MM_INSTALL=DIR sh install.sh"
  fi
  # In the same folder, so that the last step is a rename.
  if ! room=$(mktemp -d "$folder/.mm-install.XXXXXX" 2>/dev/null); then
    fail "Cannot write to \"$folder\"" "Name another folder: MM_INSTALL=DIR sh install.sh"
  fi
  trap 'rm -rf "$room"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

fetch_release() {
  address="$from/latest/download"
  [ -z "$version" ] || address="$from/download/v$version"
  say "Downloading $address/$binary"
  if ! download "$address/SHA256SUMS" "$room/SHA256SUMS"; then
    fail "Cannot download \"$address/SHA256SUMS\"" \
      "Check the version${version:+ ($version)} and the network, and try again; all of them: $from"
  fi
  wanted=$(awk -v name="$binary" '$2 == name || $2 == "*" name { print $1; exit }' "$room/SHA256SUMS")
  [ -n "$wanted" ] || fail "The release has no \"$binary\"" "See what it has: $from"
  download "$address/$binary" "$room/mm" || fail "Cannot download \"$address/$binary\"" "Try again"
  found=$(sha256_of "$room/mm")
  if [ "$found" != "$wanted" ]; then
    fail "The download is damaged: its SHA-256 is $found, and has to be $wanted" \
      "Nothing was installed. Try again; when it stays, something between here and there changes files"
  fi
}

try_binary() {
  chmod 755 "$room/mm"
  if ! answer=$("$room/mm" --version 2>&1); then
    fail "The program does not start on this machine: $answer" \
      "Nothing was installed. With Deno it runs from its source: deno run -A jsr:@model-manager/mm"
  fi
}

# What somebody types to find it by its name from now on.
advise_path() {
  case ":$PATH:" in
    *":$folder:"*)
      first=$(command -v mm || true)
      if [ -n "$first" ] && [ "$first" != "$folder/mm" ]; then
        say ""
        say "warning: mm is another program in this shell: $first comes first in PATH"
      fi
      return 0
      ;;
  esac
  say ""
  say "$folder is not in PATH. Type this once, then open a new terminal:"
  case $(basename "${SHELL:-sh}") in
    fish) say "  fish_add_path \"$folder\"" ;;
    zsh) say "  echo 'export PATH=\"$folder:\$PATH\"' >> ~/.zshrc" ;;
    bash)
      startup=.bashrc
      # Terminals of macOS start login shells.
      [ "$(uname -s)" != Darwin ] || startup=.bash_profile
      say "  echo 'export PATH=\"$folder:\$PATH\"' >> ~/$startup"
      ;;
    *) say "  echo 'export PATH=\"$folder:\$PATH\"' >> ~/.profile" ;;
  esac
}

read_arguments() {
  version=${MM_VERSION:-}
  folder=${MM_INSTALL:-}
  from=${MM_INSTALL_FROM:-$RELEASES}
  while [ "$#" -gt 0 ]; do
    case $1 in
      -h | --help)
        usage
        exit 0
        ;;
      --version | --to)
        [ "$#" -ge 2 ] || fail "$1 wants a value" "See: sh install.sh --help"
        if [ "$1" = --to ]; then folder=$2; else version=$2; fi
        shift 2
        ;;
      --version=*)
        version=${1#*=}
        shift
        ;;
      --to=*)
        folder=${1#*=}
        shift
        ;;
      *) fail "There is no option \"$1\"" "See: sh install.sh --help" ;;
    esac
  done
  version=${version#v}
  from=${from%/}
  case $version in
    *[!0-9A-Za-z.+-]*) fail "\"$version\" is no version: wanted one such as 0.1.0" "See them all: $from" ;;
  esac
  if [ -z "$folder" ]; then
    [ -n "${HOME:-}" ] || fail "HOME is not set" "Name a folder: sh install.sh --to DIR"
    folder=$HOME/.local/bin
  fi
  case $folder in
    /*) ;;
    *) folder=$(pwd)/$folder ;;
  esac
}

main() {
  read_arguments "$@"
  check_address "$from"
  find_target
  binary="mm-$target"
  make_folder
  fetch_release
  try_binary
  if [ -e "$folder/mm" ]; then replaced=yes; else replaced=no; fi
  mv -f "$room/mm" "$folder/mm"
  say "Installed $answer as $folder/mm"
  if [ "$replaced" = yes ]; then say "A daemon that runs is the old program until you type: mm restart"; fi
  advise_path
  say ""
  say "Begin with: mm --help    Completions: mm completions --help"
  say "Remove it:  rm \"$folder/mm\"    (models, settings and history stay)"
}

main "$@"
