# How scripts talk to podman; sourced, never run.
# shellcheck shell=bash

# use_podman DIRECTORY: installs podman if it is missing, and sets it up for machines without systemd.
use_podman() {
    need_apt podman runc netavark aardvark-dns buildah catatonit iptables
    [ "$(ps -p 1 -o comm= 2>/dev/null)" = systemd ] && return
    cat >"$1/containers.conf" <<'TEXT'
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
TEXT
    export CONTAINERS_CONF=$1/containers.conf
}
