# shellcheck shell=bash
# Packages, configuring and building, shared by the commands. A build folder is changed by one ./dev at a time; tests share it.

JOBS=$(nproc)

is_program() { [ -f "$1" ] && [ -x "$1" ]; }

# build_folder PRESET: its folder, as CMakePresets.json has it.
build_folder() {
  case "$1" in
    dev) echo build ;;
    asan-ubsan) echo build-asan ;;
    *) echo "build-$1" ;;
  esac
}

# lock_folder PRESET exclusive|shared: held until the next call or the end of this program.
lock_folder() {
  local mode=--exclusive
  [ "$2" = shared ] && mode=--shared
  mkdir -p .cache
  exec 9>".cache/$(build_folder "$1").lock"
  flock --nonblock "$mode" 9 && return
  say "Another ./dev works in $(build_folder "$1")/: waiting for it ..."
  flock "$mode" 9
}

unlock_folder() { exec 9>&-; }

# install_packages SET: quiet and quick when all is there.
install_packages() {
  mkdir -p .cache
  exec 8>.cache/install.lock
  flock 8
  if packaging/install-deps --check "$1" >/dev/null 2>&1; then
    one_step_less
  else
    # Asked for here: the step itself has no terminal.
    [ "$(id -u)" = 0 ] || ! command -v sudo >/dev/null || sudo -v || die "installing packages needs root. As root: packaging/install-deps $1"
    step "installing packages" packaging/install-deps "$1" || die "packages could not be installed. The log says which and why."
  fi
  exec 8>&-
}

# configure PRESET: when there is no configured folder, or the presets changed, or the checkout moved.
configure() {
  local folder stamp
  folder=$(build_folder "$1")
  stamp="$PWD $(cksum <CMakePresets.json)"
  [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/.configured" 2>/dev/null)" = "$stamp" ] && return
  if [ -f "$folder/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$folder/CMakeCache.txt"; then
    rm -rf "$folder" # made for another place
  fi
  cmake --preset "$1" && printf '%s\n' "$stamp" >"$folder/.configured"
}

configure_and_build() {
  local preset=$1
  shift
  configure "$preset" && cmake --build "$(build_folder "$preset")" -j "$JOBS" ${1:+--target "$@"}
}

# build PRESET [TARGET...]: one step; takes the folder's lock.
build() {
  lock_folder "$1" exclusive
  step "building ($1)" configure_and_build "$@"
}

# run_ctest PRESET CTEST-OPTION...: the results go to <folder>/test-results, where summary.py reads them.
run_ctest() {
  local folder
  folder=$(build_folder "$1")
  shift
  rm -rf "$folder/test-results"
  mkdir -p "$folder/test-results"
  ctest --test-dir "$folder" -j "$JOBS" --output-on-failure --no-tests=error --output-junit "$PWD/$folder/test-results/ctest.junit" "$@" 9>&-
}
