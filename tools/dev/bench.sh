# shellcheck shell=bash
bench_help() {
  cat <<'TEXT'
Usage: ./dev bench [OPTION...]
       ./dev bench NAME [--json] [-- PROGRAM-OPTION...]

The first form measures the hub as it is shipped, between real programs, and prints one table (docs/benchmarks.md). Everything it takes:
  ./dev bench --all --markdown

The second runs the programs in build/bench whose name contains NAME: parts of the hub, each alone (tests/bench/README.md).
--json: one array on standard output, {"bench": name, "result": ...} for each.

Numbers mean something on an idle machine only. Options of the first form:

TEXT
  python3 tests/bench/bench.py --help --build-folder . | sed '1,/^options:/d'
}

# run_bench FORMAT PROGRAM OPTION...: Google Benchmark programs (micro_*) have their own word for JSON.
run_bench() {
  local format=$1 program=$2 name option=--json
  shift 2
  name=$(basename "$program")
  say "${BOLD}$name${PLAIN}" >&2
  if [ "$format" = text ]; then
    "$program" "$@" 9>&-
  else
    [[ "$name" != micro_* ]] || option=--benchmark_format=json
    "$program" "$option" "$@" 9>&- | jq -c --arg bench "$name" '{bench: $bench, result: .}'
  fi
}

# run_benches FORMAT NAME OPTION...: all are run, one that fails makes the whole fail.
run_benches() {
  local format=$1 name=$2 program found="" failed=0
  shift 2
  for program in build/bench/*"$name"*; do
    is_program "$program" || continue
    found=1
    run_bench "$format" "$program" "$@" || failed=1
  done
  [ -n "$found" ] || die "build/bench has no program named like $name. It has: $(cd build/bench 2>/dev/null && echo *)"
  return "$failed"
}

bench_programs() {
  local name=$1 format=text
  shift
  while [ $# -gt 0 ]; do
    case "$1" in
      --json) format=json ;;
      --) shift && break ;;
      *) unknown_option bench "$1" ;;
    esac
    shift
  done
  steps 2
  {
    install_packages bench
    build dev messod messo plugins benchmarks
    lock_folder dev shared
  } >&2
  if [ "$format" = json ]; then
    run_benches json "$name" "$@" | jq -s .
  else
    run_benches text "$name" "$@"
  fi
}

bench_hub() {
  local needs preset peer
  steps 2
  install_packages bench
  needs=$(python3 tests/bench/bench.py --needs "$@") || return # before anything is built: it tells of a wrong option
  read -r preset peer <<<"$needs"
  if [ -n "$peer" ] && [ "$preset" != dev ]; then
    one_more_step
    build dev "$peer" # a program of the tests, which a release does not build
    unlock_folder
    peer=""
  fi
  # shellcheck disable=SC2086 # one word or none
  build "$preset" messod messo plugins $peer
  lock_folder "$preset" shared
  python3 tests/bench/bench.py "$@" "--build-folder=$(build_folder "$preset")" "--peer-program=$PWD/build/bin/smtp_peer" 9>&-
}

dev_bench() {
  case "${1:-}" in
    -h | --help) bench_help ;;
    "" | -*) bench_hub "$@" ;;
    *) bench_programs "$@" ;;
  esac
}
