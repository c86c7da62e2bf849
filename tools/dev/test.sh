# shellcheck shell=bash
test_help() {
  cat <<'TEXT'
Usage: ./dev test [NAME] [-- PROGRAM-OPTION...]

Builds and runs the tests whose name matches NAME (a regular expression for test programs, as ctest -R takes it;
else a part of the name of single GoogleTest cases). Without NAME: all of them.

  ./dev test unit_store                                   one program
  ./dev test unit_                                        all unit tests
  ./dev test retry                                        the cases with "retry" in their names, wherever they are
  ./dev test unit_store -- --gtest_filter='*group*'       options for the test program, whose output is shown as it comes
TEXT
}

# The test program of that name only, else all of them.
test_targets() {
  if ninja -C "$(build_folder dev)" -t query "$1" >/dev/null 2>&1; then
    printf '%s\n' "$1" plugins messod messo
  else
    echo test_programs
  fi
}

programs_matching() { ctest --test-dir build -N -R "$1" | sed -n 's/^ *Test *#[0-9]*: //p'; }

# run_cases PART: runs the single cases with PART in their names, in every program that has some.
run_cases() {
  local part=$1 program found="" failed=0
  shopt -s nullglob
  for program in build/tests/*; do
    is_program "$program" || continue
    "$program" --gtest_list_tests --gtest_filter="*$part*" 2>/dev/null | grep -q '^  ' || continue
    found=1
    "$program" --gtest_filter="*$part*" 9>&- || failed=1
  done
  [ -n "$found" ] || die "no test program and no test case has '$part' in its name. ctest --test-dir build -N lists the programs."
  return "$failed"
}

dev_test() {
  local name="" targets
  case "${1:-}" in
    -h | --help) test_help && return ;;
    --) ;;
    -*) unknown_option test "$1" ;;
    *) name=${1:-} && shift $(($# > 0)) ;;
  esac
  steps 3
  install_packages build
  lock_folder dev exclusive
  [ -f build/build.ninja ] || configure dev >"$LOG_DIR/configure.log" 2>&1 || true
  mapfile -t targets < <(test_targets "${name:-test_programs}")
  build dev "${targets[@]}"
  lock_folder dev shared

  if [ "${1:-}" = -- ]; then
    shift
    [ -x "build/tests/$name" ] || die "'$name' is not a test program. build/tests has: $(cd build/tests && echo ./*)"
    exec "build/tests/$name" "$@"
  fi
  if [ -z "$name" ] || [ -n "$(programs_matching "$name")" ]; then
    run_ctest dev ${name:+-R "$name"}
  else
    run_cases "$name"
  fi
}
