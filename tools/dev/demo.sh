# shellcheck shell=bash
demo_help() {
  cat <<'TEXT'
Usage: ./dev demo [OPTIONS]

Installs what is missing, builds Messo and shows it at work beside a real mail sink; no questions asked. With --pec: certified mail, between
two simulated providers and with a real mailbox (Dovecot). With --sms: SMS over SMPP, with an SMSC from npm.
Options go to demo/demo.py; its own --help follows.
TEXT
  [ ! -x demo/demo.py ] || { say "" && demo/demo.py --help; }
}

dev_demo() {
  case "${1:-}" in -h | --help) demo_help && return ;; esac
  [ -x demo/demo.py ] || die "demo/demo.py is missing: this checkout is not complete. git status shows what changed."
  [ "${1:-}" != --stop ] || exec demo/demo.py --stop
  local set=demo peers=(smtp_peer) option
  for option in "$@"; do
    [ "$option" != --pec ] || set=demo-pec peers=(pec_provider)
    [ "$option" != --sms ] || set=demo-sms peers=()
  done
  steps 2
  install_packages "$set"
  build dev messod messo plugins "${peers[@]}"
  unlock_folder
  exec demo/demo.py "$@"
}
