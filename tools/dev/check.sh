# shellcheck shell=bash
check_help() {
  cat <<'TEXT'
Usage: ./dev check [--long] [--coverage] [--fuzz-seconds N]

The whole proof, on a machine with nothing installed too: packages, build, every test, unit and conformance tests and
the fuzz corpora again under AddressSanitizer and UndefinedBehaviorSanitizer, and the checks of the repository itself
(format, include directions, file sizes, shell scripts, publiccode.yml), which are tests like the others.
The last line sums the cases: "N passed, N failed, N skipped". Exit code 0 when none failed.

  --long             also ThreadSanitizer, fuzzing, 300 kills instead of 20, 100 power cuts instead of 20, clang-tidy on every file
  --fuzz-seconds N   seconds for each fuzz target under --long (60; 600 for received mail and SMPP)
  --coverage         only measures: line coverage of core/, which must be at least 85 %
TEXT
}

COVERAGE_BAR=85
RESULT_FOLDERS=() # build folders whose tests ran
STEPS_FAILED=()   # steps other than tests that failed, each counted as one

# attempt TITLE-OF-FAILURE COMMAND...: remembers a failed step and goes on.
attempt() {
  local what=$1
  shift
  "$@" || STEPS_FAILED+=("$what")
}

# build_and_test PRESET BUILD-TARGET CTEST-OPTION...
build_and_test() {
  local preset=$1 target=$2 folder
  folder=$(build_folder "$preset")
  shift 2
  rm -rf "$folder/test-results"
  build "$preset" "$target" || {
    STEPS_FAILED+=("build ($preset)")
    one_step_less
    return 0
  }
  lock_folder "$preset" shared
  RESULT_FOLDERS+=("$folder")
  step "testing ($preset)" run_ctest "$preset" "$@" || true # summary.py counts what failed
  unlock_folder
}

# fuzz_target PROGRAM SECONDS: new inputs go to build-fuzz/corpus, crashes to build-fuzz/crashes; neither into the sources.
fuzz_target() {
  local name seeds found
  name=$(basename "$1")
  seeds=tests/fuzz/corpus/${name#fuzz_}
  found=build-fuzz/corpus/$name
  mkdir -p "$found" build-fuzz/crashes
  "$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=3000 -print_final_stats=1 \
    -artifact_prefix="build-fuzz/crashes/$name-" "$found" "$seeds"
}

# fuzz_all [SECONDS]: each target for a minute; what reads received mail, which anybody may write, and SMPP for ten.
fuzz_all() {
  local program name seconds
  for program in build-fuzz/fuzz/fuzz_*; do
    name=$(basename "$program")
    case "$name" in
      fuzz_pec_* | fuzz_mail_report | fuzz_smpp_*) seconds=${1:-600} ;;
      *) seconds=${1:-60} ;;
    esac
    one_more_step
    attempt "fuzzing ($name)" step "fuzzing $name, $seconds s" fuzz_target "$program" "$seconds"
  done
}

check_long() {
  build_and_test tsan sanitized_programs -L '^(unit|conformance|bad_plugins)$'
  if build fuzz fuzzers; then fuzz_all "$1"; else STEPS_FAILED+=("build (fuzz)"); fi
  attempt "clang-tidy" step "clang-tidy, every file" tidy_all
}

measure_coverage() {
  steps 4
  install_packages test
  build coverage test_programs || die "the build failed."
  find build-coverage -name '*.gcda' -delete
  step "testing (coverage)" run_ctest coverage -LE '^(chaos|repository)$' || die "tests failed: coverage of failing tests means nothing."
  mkdir -p build-coverage/report
  step "reading coverage" gcovr --root . --object-directory build-coverage --filter 'core/' --gcov-executable gcov \
    --exclude-throw-branches --exclude-unreachable-branches --print-summary --html-details build-coverage/report/index.html \
    --txt build-coverage/report/lines.txt --fail-under-line "$COVERAGE_BAR" && code=0 || code=$?
  sort -k4,4n build-coverage/report/lines.txt | grep -a '%' | head -n 15 || true
  grep -a '^lines:' "$STEP_LOG" || true
  say "All files: build-coverage/report/index.html. The bar: $COVERAGE_BAR % of core/'s lines."
  return "$code"
}

dev_check() {
  local long=0 coverage="" fuzz_seconds="" began=$SECONDS
  while [ $# -gt 0 ]; do
    case "$1" in
      -h | --help) check_help && return ;;
      --long) long=1 ;;
      --coverage) coverage=1 ;;
      --fuzz-seconds)
        fuzz_seconds=${2:-}
        shift
        [[ "$fuzz_seconds" =~ ^[0-9]+$ ]] || die "--fuzz-seconds takes a number of seconds."
        ;;
      *) unknown_option check "$1" ;;
    esac
    shift
  done
  if [ -n "$coverage" ]; then
    measure_coverage
    return
  fi
  . tools/dev/lint.sh
  steps $((long ? 9 : 5))
  install_packages test
  [ "$long" = 0 ] || export MESSO_KILLS=300
  build_and_test dev all
  build_and_test asan-ubsan sanitized_programs -L '^(unit|conformance|bad_plugins|fuzz)$'
  [ "$long" = 0 ] || check_long "$fuzz_seconds"
  say ""
  say "Logs: $LOG_DIR/   $((SECONDS - began)) s in all"
  python3 tools/dev/summary.py "${RESULT_FOLDERS[@]/#/--folder=}" "${STEPS_FAILED[@]/#/--failed-step=}"
}
