# Servers made of vendors' own descriptions, for the parts of scripts/contracts; sourced, never run.
# shellcheck shell=bash
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
: "${TOCSIN:?run scripts/contracts}" "${CACHE:?run scripts/contracts}"

export specs=$repo/Tests/TocsinIntegrationsTests/Contracts/openapi
connexion_version=3.3.0
venv=$CACHE/connexion-$connexion_version
if [ ! -x "$venv/bin/connexion" ]; then
    say "Installing connexion $connexion_version (70 MB)"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet "connexion[flask,uvicorn]==$connexion_version"
fi

work=$(mktemp -d)
processes=()
stop() {
    local process
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    wait || true
    rm -rf "$work"
}
trap stop EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
answers() { curl -s -o /dev/null --max-time 5 "http://127.0.0.1:$1/"; }

# until_true TEXT COMMAND...: tries for a minute.
until_true() {
    local text=$1
    shift
    for _ in $(seq 300); do
        if "$@"; then return; fi
        sleep 0.2
    done
    tail -n 40 "$work"/*.log >&2
    fail "$text"
}

# Any credentials will do, but they must have the form that the vendor asks for.
cat >"$work/accept.py" <<'PYTHON'
def basic(username, password, required_scopes=None):
    return {"uid": username}

def key(token, required_scopes=None):
    return {"uid": "tocsin"}

def bearer(token):
    return {"uid": "tocsin"}

def token(token):
    return {"uid": "tocsin", "scope": "read:jira-work write:jira-work chat:write:bot chat:write:user"}
PYTHON

# describe NAME DOCUMENT PORT [BASE]: serves a vendor's document, and waits for it.
describe() {
    local base=()
    [ -z "${4:-}" ] || base=(--base-path "$4")
    PYTHONPATH=$work BASICINFO_FUNC=accept.basic TOKENINFO_FUNC=accept.token APIKEYINFO_FUNC=accept.key \
        BEARERINFO_FUNC=accept.bearer "$venv/bin/connexion" run "$2" --mock=all --host 127.0.0.1 --port "$3" \
        "${base[@]}" >"$work/$1.log" 2>&1 &
    processes+=($!)
    until_true "the description of $1 was not served" answers "$3"
}

# front PORT ROUTES: stands before the descriptions; see front.py. Requests are counted in $work/requests.
front() {
    python3 "$repo/scripts/described/front.py" "$1" "$2" >>"$work/requests" 2>"$work/front.log" &
    processes+=($!)
    until_true 'the front did not start' answers "$1"
    : >"$work/requests"
}

# expect LINE...: waits until these requests, and no others, were shown since the last time.
expect() {
    local count=$#
    # shellcheck disable=SC2317  # until_true calls it
    reached() { [ "$(wc -l <"$work/requests")" -ge "$count" ]; }
    until_true "expected $count requests: $(printf '\n%s' "$@")" reached
    diff <(printf '%s\n' "$@" | sort) <(sort "$work/requests") ||
        { cat "$work/front.log" >&2; fail 'other requests than expected'; }
    : >"$work/requests"
}

# serve_tocsin PORT: starts tocsin with $work/receivers.yaml.
serve_tocsin() {
    cat >"$work/tocsin.yaml" <<YAML
listen: 127.0.0.1:$1
data_dir: $work/data
ingest: {require_token: false}
YAML
    "$TOCSIN" serve --config "$work/tocsin.yaml" >"$work/tocsin.log" 2>&1 &
    processes+=($!)
    until_true 'tocsin did not start' answers "$1"
}

# alert PORT [OPTION...]: sends one alert, with text that means something in every vendor's markup.
alert() {
    local port=$1
    shift
    "$TOCSIN" alert send --url "http://127.0.0.1:$port" --tenant acme DiskFull severity=critical \
        --annotation 'summary=96 % of <b>/data</b> *used* & @everyone [x](https://x.example)' \
        --annotation 'runbook_url=https://run.example/disk' "$@" >/dev/null
}
