# shellcheck shell=bash
lint_help() {
  cat <<'TEXT'
Usage: ./dev lint [--all] [FILE...]

The checks of the repository (format, include directions, file sizes, shell scripts, publiccode.yml), then clang-tidy on
the .cpp files changed since the main branch, on the files named, or on every one with --all.

  MESSO_SPECTRAL_RULES=PATH   also lints the OpenAPI description with that Spectral rule file (npm @stoplight/spectral-cli)
TEXT
}

# The .cpp files that differ from the main branch, committed or not.
changed_sources() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
  { git diff --name-only "$base" && git ls-files --others --exclude-standard; } | grep -E '^(core|plugins)/.*\.cpp$' | sort -u |
    while read -r file; do [ ! -f "$file" ] || say "$file"; done
}

# tidy FILE...: clang-tidy reads a build folder that is only configured, without precompiled headers.
tidy() {
  lock_folder tidy exclusive
  configure tidy
  local known
  known=$(jq -r '.[].file' build-tidy/compile_commands.json | sed "s|^$PWD/||" | sort -u)
  printf '%s\n' "$@" | sort -u | grep -xFf <(printf '%s\n' "$known") |
    xargs -r -P "$JOBS" -n 1 tools/dev/tidy_one build-tidy
}

# Every source, compiled in groups as the build does it, which spares reading the common headers a hundred times.
tidy_all() {
  lock_folder tidy-groups exclusive
  configure tidy-groups
  jq -r '.[].file' build-tidy-groups/compile_commands.json | grep -E "^$PWD/(core|plugins|build-tidy-groups/(core|plugins)/.*/Unity)/.*\\.c(pp|xx)$" | sort -u |
    xargs -r -P "$JOBS" -n 1 tools/dev/tidy_one build-tidy-groups --checks=-bugprone-suspicious-include \
      --header-filter='.*/(core|plugins)/.*\.(hpp|h|cpp)$'
}

repository_checks() {
  configure dev && run_ctest dev -L '^repository$'
}

lint_openapi() {
  local description
  description=$(find core docs -name openapi.yaml | head -n 1)
  [ -n "$description" ] || die "there is no openapi.yaml yet."
  [ -f "$MESSO_SPECTRAL_RULES" ] || die "MESSO_SPECTRAL_RULES names no file: $MESSO_SPECTRAL_RULES"
  command -v npx >/dev/null || die "npx is missing: apt-get install npm"
  npx --yes @stoplight/spectral-cli lint --fail-severity error -r "$MESSO_SPECTRAL_RULES" "$description"
}

dev_lint() {
  local all="" files=() failed=0
  while [ $# -gt 0 ]; do
    case "$1" in
      -h | --help) lint_help && return ;;
      --all) all=1 ;;
      -*) unknown_option lint "$1" ;;
      *) files+=("$1") ;;
    esac
    shift
  done
  steps 3
  [ -z "${MESSO_SPECTRAL_RULES:-}" ] || one_more_step
  install_packages test
  lock_folder dev exclusive
  step "checking the repository" repository_checks || failed=1
  if [ -n "$all" ]; then
    step "clang-tidy, every file" tidy_all || failed=1
  else
    [ ${#files[@]} -gt 0 ] || mapfile -t files < <(changed_sources)
    step "clang-tidy, ${#files[@]} files" tidy "${files[@]}" || failed=1
  fi
  [ -z "${MESSO_SPECTRAL_RULES:-}" ] || step "OpenAPI" lint_openapi || failed=1
  return "$failed"
}
