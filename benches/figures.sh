#!/usr/bin/env bash
# The portal's figures: how soon it answers, how much memory it takes, and whether one team's broken API slows another's.
# It needs bash, curl and Linux, builds the program unless one is named, listens on free ports of this machine only, and
# leaves nothing behind. Usage: benches/figures.sh [PROGRAM]
set -euo pipefail

program=${1:-}
place=$(mktemp -d)
started=() # the ids of the programs that run

main() {
    trap finish EXIT
    unset "${!SECMON_PORTAL_@}"
    if [ -z "$program" ]; then
        cd "$(dirname "${BASH_SOURCE[0]}")/.."
        cargo build --release --locked
        program=${CARGO_TARGET_DIR:-target}/release/secmon-portal
    fi
    program=$(realpath "$program")
    cd "$place"
    add_teams_and_a_user

    row 'what' 'figure'
    row '----' '------'
    row 'size of the program' "$(($(stat -c %s "$program") / 1024 / 1024)) MiB"
    time_to_first_page
    two_teams
    large_fleet
    large_bodies huge 'plain body of 300 MB'
    large_bodies gzip-bomb 'gzip body that becomes 300 MB'
}

row() {
    printf '%-66s %s\n' "$1" "$2"
}

# ---- what is measured

# From the start of the process to the answer: ten starts, asked every ten milliseconds.
time_to_first_page() {
    local port from times=()
    for _ in {1..10}; do
        port=$(free_port)
        from=$EPOCHREALTIME
        start demo --listen "127.0.0.1:$port"
        until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/login"; do sleep 0.01; done
        times+=("$(milliseconds_since "$from")")
        stop_all
    done
    row 'demo: start to first page answered, of 10 starts' "$(median_and_most "${times[@]}")"
}

# 200 requests hang on one team's API, which never answers; the other team's goes on.
two_teams() {
    local stuck healthy portal before
    stuck=$(simulator --fault reads:hang)
    healthy=$(simulator)
    portal 50s "$stuck" "$healthy"
    portal=$last
    sign_in
    row 'portal at rest: memory' "$(memory "$portal" VmRSS)"
    row "tickets of a healthy team, alone, of 100 requests" "$(times_of /t/healthy/tickets 100)"
    before=$(sockets "$portal")
    curl --silent --parallel --parallel-immediate --parallel-max 200 --cookie jar --output /dev/null \
        "http://$address/t/stuck/tickets?n=[1-200]" 2>/dev/null &
    started+=("$!")
    disown
    until [ "$(sockets "$portal")" -ge $((before + 200)) ]; do sleep 0.01; done
    row "tickets of a healthy team, while 200 requests hang on another's API" "$(times_of /t/healthy/tickets 100)"
    row 'portal with 200 hanging requests: memory' "$(memory "$portal" VmRSS)"
    row 'portal with 200 hanging requests: most memory so far' "$(memory "$portal" VmHWM)"
    stop_all
}

# VM control over a simulated API without latency: the whole page, as a browser asks for it.
large_fleet() {
    local fleet path
    fleet=$(simulator --vms 5000)
    portal 10s "$fleet" "$fleet"
    sign_in
    for path in /t/healthy/vms '/t/healthy/vms?q=db&sort=-name'; do
        row "5,000 servers: $path, of 50 requests" "$(times_of "$path" 50)"
        row "5,000 servers: $path, compressed" "$(curl --silent --fail --cookie jar --header 'accept-encoding: gzip' \
            --output /dev/null --write-out '%{size_download} bytes' "http://$address$path")"
    done
    stop_all
}

# The API answers with more than is accepted: one request, then twenty at once.
large_bodies() {
    local stuck portal before answer
    stuck=$(simulator --fault "reads:$1")
    portal 20s "$stuck" "$stuck"
    portal=$last
    sign_in
    before=$(memory "$portal" VmHWM)
    answer=$(curl --silent --cookie jar --output /dev/null --write-out '%{http_code} after %{time_total} s' \
        "http://$address/t/stuck/tickets")
    row "$2: answer" "$answer"
    row "$2: most memory before and after it" "$before, $(memory "$portal" VmHWM)"
    curl --silent --parallel --parallel-immediate --parallel-max 20 --cookie jar --output /dev/null \
        "http://$address/t/stuck/tickets?n=[1-20]" 2>/dev/null
    row "$2: most memory after twenty at once" "$(memory "$portal" VmHWM)"
    stop_all
}

# ---- the programs

add_teams_and_a_user() {
    echo correct-horse-battery >password
    for team in stuck:kr1 healthy:kr2; do
        echo simulator-key-1 | SECMON_PORTAL_DATA_DIR=data "$program" team add --slug "${team%:*}" --name "${team%:*}" \
            --region "${team#*:}" --app-key-file - >/dev/null
    done
    SECMON_PORTAL_DATA_DIR=data "$program" user add --username kim --member stuck:viewer --member healthy:viewer \
        --password-file password >/dev/null
}

# Starts the program in the background; its id is `last`.
start() {
    "$program" "$@" >>log 2>&1 &
    last=$!
    disown # or its end would be announced
    started+=("$last")
}

# Starts a simulated API and tells its address, once it listens.
simulator() {
    local port
    port=$(free_port)
    "$program" simulator --listen "127.0.0.1:$port" "$@" >>log 2>&1 &
    echo "$!" >>simulators
    until curl --silent --output /dev/null --request POST "http://127.0.0.1:$port/oauth2/token/create"; do sleep 0.01; done
    echo "http://127.0.0.1:$port"
}

# Starts the portal with this limit for a call, on these two APIs; it listens at `address`.
portal() {
    address=127.0.0.1:$(free_port)
    start serve --listen "$address" --data-dir data --api-timeout "$1" --api-kr1 "$2" --api-kr2 "$3"
    until curl --silent --fail --output /dev/null "http://$address/readyz"; do sleep 0.01; done
}

sign_in() {
    rm -f jar
    curl --silent --fail --output /dev/null --cookie-jar jar --data username=kim --data-urlencode password@<(
        tr -d '\n' <password
    ) "http://$address/login"
    curl --silent --fail --output /dev/null --cookie jar "http://$address/t/healthy"
}

stop_all() {
    [ ! -f simulators ] || mapfile -t -O "${#started[@]}" started <simulators
    rm -f simulators
    local id
    for id in "${started[@]}"; do
        kill -KILL "$id" 2>/dev/null || true
        while kill -0 "$id" 2>/dev/null; do sleep 0.01; done
    done
    started=()
}

finish() {
    local status=$?
    cd "$place"
    stop_all
    [ "$status" = 0 ] || tail -n 5 log >&2 || true
    rm -rf "$place"
}

# ---- small things

# A port that nobody listens on.
free_port() {
    local port
    while port=$((20000 + RANDOM)) && (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

sockets() {
    find "/proc/$1/fd" -lname 'socket:*' 2>/dev/null | wc -l
}

memory() {
    awk -v name="$2:" '$1 == name { printf "%.1f MiB", $2 / 1024 }' "/proc/$1/status"
}

milliseconds_since() {
    awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", (to - from) * 1000 }'
}

# Asks for a page so many times, one after the other, each over a connection of its own.
times_of() {
    local seconds times=()
    for _ in $(seq "$2"); do
        seconds=$(curl --silent --fail --cookie jar --header 'accept-encoding: gzip' --output /dev/null \
            --write-out '%{time_total}' "http://$address$1")
        times+=("$(awk -v seconds="$seconds" 'BEGIN { printf "%.1f", seconds * 1000 }')")
    done
    median_and_most "${times[@]}"
}

median_and_most() {
    printf '%s\n' "$@" | sort -g | awk '{ all[NR] = $1 } END { printf "median %s ms, most %s ms", all[int((NR + 1) / 2)], all[NR] }'
}

main
