# shellcheck shell=bash
format_help() {
  cat <<'TEXT'
Usage: ./dev format [--check] [FILE...]

Brings C and C++ sources into the format of .clang-format: all of them, or the files named.

  --check   changes nothing; names the files that differ and ends with exit code 1
TEXT
}

dev_format() {
  local check="" files=()
  while [ $# -gt 0 ]; do
    case "$1" in
      -h | --help) format_help && return ;;
      --check) check=1 ;;
      -*) unknown_option format "$1" ;;
      *) files+=("$1") ;;
    esac
    shift
  done
  install_packages test
  [ ${#files[@]} -gt 0 ] || mapfile -t files < <(tests/repository/sources)
  if [ -z "$check" ]; then
    printf '%s\0' "${files[@]}" | xargs -0 -P "$JOBS" -n 40 clang-format-16 -i
    say "${#files[@]} files formatted."
  else
    tests/repository/check_format "${files[@]}"
  fi
}
