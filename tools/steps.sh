# Functions that tools/build, tools/run and tools/test share. Sourced, not run. Needs: set -euo pipefail.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export WHINCHAT_CACHE=${WHINCHAT_CACHE:-$repo/.cache}
jobs=$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)

say() { printf '%s\n' "$*" >&2; }

# tools/deps node prints a folder when the machine's own Node.js is too old.
use_node() {
  local folder
  folder=$("$repo/tools/deps" node) || return 1
  [ -z "$folder" ] || export PATH="$folder:$PATH"
}

content_hash() { { sha256sum "$@" 2>/dev/null || shasum -a 256 "$@"; } | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-64; }

# install_npm_packages FOLDER: exactly what its lock file pins, again only when that changed; no package runs a script.
install_npm_packages() {
  local folder=$repo/$1 stamp wanted
  stamp=$folder/node_modules/.installed_from
  [ -f "$folder/package-lock.json" ] || { say "$1/package-lock.json is missing: npm packages must be pinned"; return 1; }
  wanted=$(cd "$folder" && content_hash package-lock.json package.json)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
  use_node || return 1
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error --ignore-scripts) || return 1
  echo "$wanted" >"$stamp"
}

# Builds the app into assets/dist, unless nothing that goes into it changed since.
build_app() {
  if [ ! -f "$repo/assets/package.json" ]; then say "assets/package.json is missing: there is no app to build"; return 1; fi
  install_npm_packages assets || return 1
  local stamp=$repo/assets/node_modules/.built_from wanted files
  files=$(cd "$repo/assets" && find . \( -name node_modules -o -name dist \) -prune -o -type f -print | LC_ALL=C sort)
  # shellcheck disable=SC2086  # names of the app have no spaces
  wanted=$(cd "$repo/assets" && content_hash $files ../src/version.h)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -f "$repo/assets/dist/index.html" ]; then return 0; fi
  use_node || return 1
  rm -f "$stamp"
  (cd "$repo/assets" && npm run --silent build) || return 1
  echo "$wanted" >"$stamp"
}

generator() { if command -v ninja >/dev/null; then echo Ninja; else echo "Unix Makefiles"; fi; }

# configure KIND [cmake option...]: build/KIND gets its settings; an existing folder keeps the options given earlier.
configure() {
  local kind=$1; shift
  local options=()
  case $kind in
    release) options=(-DCMAKE_BUILD_TYPE=Release) ;;
    debug)   options=(-DCMAKE_BUILD_TYPE=Debug) ;;
    asan)    options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO= -DCMAKE_C_FLAGS_RELWITHDEBINFO= -DSANITIZE=address) ;;
    tsan)    options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO= -DCMAKE_C_FLAGS_RELWITHDEBINFO= -DSANITIZE=thread) ;;
    fuzz)    options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO= -DCMAKE_C_FLAGS_RELWITHDEBINFO= -DFUZZ=ON
                      -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++) ;;
    *) say "unknown kind of build: $kind (release, debug, asan, tsan)"; return 2 ;;
  esac
  # Sanitizer builds are for the C++ suites: they take the built app when it is there and do without when not.
  case $kind in
    asan|tsan|fuzz) if [ -f "$repo/assets/dist/index.html" ]; then options+=(-DPWA_DIST="$repo/assets/dist"); else options+=(-DPWA_DIST=none); fi ;;
  esac
  cmake -S "$repo" -B "$repo/build/$kind" -G "$(generator)" "${options[@]}" "$@" >"$repo/build/$kind.configure.log" 2>&1 || {
    tail -n 30 "$repo/build/$kind.configure.log" >&2; return 1; }
}

# compile KIND [target...]: prints the compiler's words only when something goes wrong.
compile() {
  local kind=$1; shift
  local targets=() target
  for target in "$@"; do targets+=(--target "$target"); done
  local log=$repo/build/$kind.compile.log
  cmake --build "$repo/build/$kind" -j "$jobs" "${targets[@]}" >"$log" 2>&1 || {
    grep -E -A12 'error|FAILED|warning' "$log" | tail -n 60 >&2 || tail -n 40 "$log" >&2; say "whole log: $log"; return 1; }
}

# The release must need nothing of the machine it runs on.
check_release_binary() {
  local binary=$1 report bytes
  bytes=$(wc -c <"$binary")
  report=$(ldd "$binary" 2>&1 || true)
  case $report in
    *"statically linked"*|*"not a dynamic executable"*) ;;
    *) say "$binary is not static; ldd says: $report"; return 1 ;;
  esac
  if [ "$bytes" -gt $((10 * 1000 * 1000)) ]; then say "$binary has $bytes bytes; 10,000,000 are allowed"; return 1; fi
  if readelf -S "$binary" 2>/dev/null | grep -q '\.symtab'; then say "$binary is not stripped"; return 1; fi
  if [ "$(readelf -h "$binary" | awk '/Type:/ {print $2}')" != DYN ]; then say "$binary is not position independent"; return 1; fi
  say "$binary: static, stripped, $bytes bytes"
}

# Runs the binary where there is nothing else at all: no libraries, no /etc, no /proc.
check_in_empty_chroot() {
  local binary=$1 root status=0
  if [ "$(id -u)" != 0 ]; then say "empty chroot: skipped, needs root"; return 0; fi
  root=$(mktemp -d)
  cp "$binary" "$root/whinchat"
  timeout 20 chroot "$root" /whinchat --version >"$root/out" 2>&1 || status=$?
  if [ $status != 0 ]; then say "in an empty chroot --version ended with $status: $(head -c 500 "$root/out")"; fi
  rm -rf "$root"
  return $status
}
