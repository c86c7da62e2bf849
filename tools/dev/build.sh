# shellcheck shell=bash
build_help() {
  cat <<'TEXT'
Usage: ./dev build [--preset NAME] [TARGET...]

Builds everything, or the targets named (messod, messo, plugins, unit_store, ...). What comes out:
  build/bin/messod  build/bin/messo  build/plugins/*.so  build/tests/*  build/bench/*

  --preset NAME   dev (default), release, asan-ubsan, tsan, fuzz, coverage; each has a folder of its own
TEXT
}

dev_build() {
  local preset=dev targets=()
  while [ $# -gt 0 ]; do
    case "$1" in
      -h | --help) build_help && return ;;
      --preset)
        preset=${2:-}
        shift
        grep -q "\"name\": \"$preset\"" CMakePresets.json || die "there is no preset '$preset'. Known: dev, release, asan-ubsan, tsan, fuzz, coverage."
        ;;
      -*) unknown_option build "$1" ;;
      *) targets+=("$1") ;;
    esac
    shift
  done
  steps 2
  case "$preset" in
    fuzz | tidy) install_packages test ;;
    *) install_packages build ;;
  esac
  build "$preset" "${targets[@]}"
}
