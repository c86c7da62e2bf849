# shellcheck shell=bash
# What a person sees of long steps: one line each with its progress, the log's end when it fails, the remedy.

LOG_DIR=.cache/log
STEP=0      # the current step
STEPS=1     # how many there will be
STEP_LOG="" # where the last step's output went
mkdir -p "$LOG_DIR"

if [ -t 1 ] && [ -z "${CI:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  LIVE=1 BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m'
else
  LIVE="" BOLD="" RED="" GREEN="" PLAIN=""
fi

say() { printf '%s\n' "$*"; }

# die MESSAGE: ends with exit code 2; the message says what to do.
die() {
  printf '%s%s%s\n' "$RED" "dev: $1" "$PLAIN" >&2
  exit 2
}

# unknown_option COMMAND OPTION
unknown_option() { die "$1 does not know '$2'. ./dev $1 --help shows what it takes."; }

# The progress a log's last line tells, like "123/456" of ninja or ctest.
progress_of() { tail -c 300 "$1" 2>/dev/null | grep -aoE '\[? *[0-9]+/ *[0-9]+' | tail -n 1 | tr -d '[ ' || true; }

# Ends what a step started when this program is told to end.
stop_step() {
  trap - INT TERM
  [ -z "${STEP_PID:-}" ] || kill -TERM -- "-$STEP_PID" 2>/dev/null || true
  printf '\n%s\n' "stopped." >&2
  exit 130
}

# watch_step TITLE: waits for STEP_PID, showing progress and seconds; returns its exit code.
watch_step() {
  local title=$1 began=$SECONDS pause=0.05 told=0 took
  while kill -0 "$STEP_PID" 2>/dev/null; do
    took=$((SECONDS - began))
    if [ -n "$LIVE" ]; then
      printf '\r%s  %s  %d s\e[K' "$title" "$(progress_of "$STEP_LOG")" "$took"
    elif [ $((took - told)) -ge 60 ]; then
      told=$took
      printf '      ... %s  %d s\n' "$(progress_of "$STEP_LOG")" "$took"
    fi
    sleep "$pause"
    pause=0.3
  done
  wait "$STEP_PID"
}

# steps N: how many a command will take.
steps() { STEPS=$1; }
one_more_step() { STEPS=$((STEPS + 1)); }
one_step_less() { STEPS=$((STEPS - 1)); }

# step TITLE COMMAND...: runs it with its output in a log and returns its exit code.
step() {
  local title code=0 began=$SECONDS
  STEP=$((STEP + 1))
  title="${BOLD}[$STEP/$STEPS]${PLAIN} $1"
  STEP_LOG="$LOG_DIR/$(printf '%s' "$1" | tr -cs 'a-zA-Z0-9' '-').log"
  shift
  [ -n "$LIVE" ] || printf '%s ...\n' "$title"
  trap stop_step INT TERM
  set -m # a process group of its own, so that all of it can be stopped
  "$@" </dev/null >"$STEP_LOG" 2>&1 &
  STEP_PID=$!
  set +m
  watch_step "$title" || code=$?
  STEP_PID=""
  trap - INT TERM
  [ -z "$LIVE" ] || printf '\r%s' "$title"
  if [ "$code" = 0 ]; then
    printf '  %sok%s  %d s%s\n' "$GREEN" "$PLAIN" $((SECONDS - began)) "${LIVE:+$'\e[K'}"
  else
    printf '  %sfailed%s after %d s%s\n' "$RED" "$PLAIN" $((SECONDS - began)) "${LIVE:+$'\e[K'}"
    show_failure
  fi
  return "$code"
}

# The part of the last step's log that tells what went wrong: failed tests, errors of the compiler or CMake, else the end.
show_failure() {
  local compile_errors='error:|undefined reference|undefined symbol|CMake Error'
  local test_errors=': Failure$|ERROR: [A-Z]\w*Sanitizer|WARNING: ThreadSanitizer|runtime error:|Assertion .* failed|terminate called'
  say ""
  if grep -qa '^Test project' "$STEP_LOG"; then
    grep -aE -A 14 "$test_errors" "$STEP_LOG" | cut -c 1-300 | head -n 60
    sed -n '/^The following tests FAILED/,$p' "$STEP_LOG"
  elif grep -qaE "$compile_errors" "$STEP_LOG"; then
    grep -aE -A 4 "$compile_errors" "$STEP_LOG" | grep -vaE '^\[[0-9]+/[0-9]+\]' | cut -c 1-300 | head -n 30
  else
    tail -n 40 "$STEP_LOG" | cut -c 1-300
  fi
  say ""
  say "The whole log: $STEP_LOG"
}
