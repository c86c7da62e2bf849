# shellcheck shell=bash
bench_help() {
  cat <<'TEXT'
Usage: ./dev bench [--json] [NAME] [-- PROGRAM-OPTION...]

Builds and runs the programs in build/bench whose name contains NAME (all without it). What each measures stands in
tests/bench/README.md. Numbers mean something on an idle machine only.

  --json   one JSON array on standard output, {"bench": name, "result": ...} for each program
TEXT
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
  [ -n "$found" ] || die "build/bench has no program${name:+ named like $name}. It has: $(cd build/bench 2>/dev/null && echo *)"
  return "$failed"
}

dev_bench() {
  local format=text name=""
  while [ $# -gt 0 ]; do
    case "$1" in
      -h | --help) bench_help && return ;;
      --json) format=json ;;
      --) shift && break ;;
      -*) unknown_option bench "$1" ;;
      *) name=$1 ;;
    esac
    shift
  done
  steps 2
  {
    install_packages test
    build dev messod messo plugins benchmarks
    lock_folder dev shared
  } >&2
  if [ "$format" = json ]; then
    run_benches json "$name" "$@" | jq -s .
  else
    run_benches text "$name" "$@"
  fi
}
