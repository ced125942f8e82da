#!/usr/bin/env bash
# Runs a command in a root file system that make-root-fs.sh has made, in this very checkout:
#
#   scripts/run-in-root-fs.sh DIRECTORY COMMAND…
#
# Its mounts and processes are in namespaces of their own: however it ends, nothing stays mounted and
# nothing runs on. The checkout, with its packages and its pinned Node, and this machine's npm are
# seen there; /tmp is new and removed at the end. Needs root.
set -euo pipefail

fail() {
  printf 'run-in-root-fs: %s\n' "$1" >&2
  exit 1
}

[ "$#" -ge 2 ] || fail 'name the directory of a root file system and a command'
root=$(realpath -e "$1")
shift
[ "$(id -u)" -eq 0 ] || fail 'only root can enter a root file system'
[ -e "$root/.holdfast-root-fs" ] || fail "$root was not made by make-root-fs.sh"
command -v npm >/dev/null || fail 'npm is missing'
checkout=$(realpath "$(dirname "$0")/..")
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")

tmp=$(mktemp -d)
trap 'rm -rf --one-file-system "$tmp"' EXIT
mkdir -m 1777 "$tmp/tmp"

# PGBIN and TMPDIR name directories of this machine. The shell stays, to reap what the tests orphan.
# shellcheck disable=SC2016 # expanded by the inner shells
unshare --mount --propagation private --pid --fork --kill-child sh -euc '
  root=$1 checkout=$2 npm=$3 tmp=$4
  shift 4
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount --bind "$tmp" "$root/tmp"
  mount --bind "$npm" "$root/srv/npm"
  mount --bind "$checkout" "$root/srv/holdfast"
  status=0
  env -u PGBIN -u TMPDIR HOME=/root LC_ALL=C.UTF-8 \
    PATH=/srv/holdfast/node_modules/.bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$root" sh -c "cd /srv/holdfast && exec \"\$@\"" sh "$@" || status=$?
  exit "$status"
' sh "$root" "$checkout" "$npm" "$tmp/tmp" "$@"
