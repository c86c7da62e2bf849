#!/bin/sh
# From the built plugin to a message it has sent, on a hub of its own in a new folder. docs/plugins.md quotes it, a test runs it.
#   plugins/template/try_it.sh [BUILD_FOLDER]
set -eu
build=$(cd "${1:-build}" && pwd)
PATH=$build/bin:$PATH
folder=$(mktemp -d)
hub=
trap 'test -z "$hub" || kill "$hub" && wait || true; rm -rf "$folder"' EXIT

# [docs:node]
cat > "$folder/messo.toml" << EOF
[folders]
data = "$folder/data"
plugins = "$build/plugins"
[listen]
public = "127.0.0.1:0"
admin = "127.0.0.1:0"
EOF
messod --config "$folder/messo.toml" > "$folder/log" 2>&1 &
# [docs:node end]
hub=$!
export MESSO_SOCKET="$folder/data/messo.sock"
tries=0
until messo status > /dev/null 2>&1; do
  tries=$((tries + 1))
  test $tries -lt 100 || { cat "$folder/log"; exit 1; }
  sleep 0.1
done

# [docs:provider]
cat > "$folder/town.toml" << EOF
[[organisation]]
key = "prova"
name = "Comune di Prova"
[[service]]
organisation = "prova"
key = "sportello"
name = "Sportello"
[service.senders.email]
address = "sportello@comune.example.it"
[[provider]]
key = "nuovo"
plugin = "template"
channel = "email"
on_doubt = "hold"
[provider.config]
path = "$folder/sent.jsonl"
EOF
messo apply "$folder/town.toml" --yes
messo provider test nuovo
# [docs:provider end]

# [docs:send]
messo template import templates/appuntamento-promemoria --organisation prova --publish
cat > "$folder/appointment.json" << EOF
{ "servizio": "Carta d'identità", "quando": "2026-12-22T10:30:00+01:00", "codice": "X-1", "nominativo": "Anna", "da_portare": [],
  "ufficio": { "nome": "Anagrafe", "indirizzo": "Piazza 1", "telefono": "0000 1" } }
EOF
messo send --service prova/sportello --template appuntamento-promemoria --email anna@example.it --data "$folder/appointment.json" --wait
cat "$folder/sent.jsonl"
# [docs:send end]
