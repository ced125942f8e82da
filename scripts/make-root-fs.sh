#!/usr/bin/env bash
# Makes the root file system of another Debian release with the PostgreSQL it carries (bookworm 15,
# trixie 17, forky 18), for tests on another major version:
#
#   scripts/make-root-fs.sh RELEASE [DIRECTORY]
#
# The directory is /var/cache/holdfast/RELEASE unless another is named; its path is all that goes to
# stdout. Needs root and debootstrap. Packages come from the mirror this machine's own apt uses. A
# second run goes on where the first one ended, and does nothing when nothing is left to do.
set -euo pipefail

# Besides PostgreSQL, what Holdfast and its tests call, and the pooler of the image.
PACKAGES=(postgresql postgresql-contrib pgbouncer zstd util-linux strace procps bsdutils ca-certificates)
SCRIPTS=/usr/share/debootstrap/scripts
STEP_TIMEOUT=30m

fail() {
  printf 'make-root-fs: %s\n' "$1" >&2
  exit 1
}

release=${1:-}
[[ $release =~ ^[a-z]+$ ]] || fail 'name a Debian release, such as forky'
root=$(realpath -m "${2:-/var/cache/holdfast/$release}")
[ "$(id -u)" -eq 0 ] || fail 'only root can make a root file system'
command -v debootstrap >/dev/null || fail 'debootstrap is missing: apt-get install debootstrap'

# Marks the directory as this script's own; holds what is done: nothing, "RELEASE base", or the recipe.
mark=$root/.holdfast-root-fs
recipe="$release ${PACKAGES[*]}"
step() { cat "$mark" 2>/dev/null || true; }

# The archive of this machine's own release also carries the others.
mirror() {
  # shellcheck disable=SC2016 # expanded by apt
  apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian/Debian" { print $2; exit }'
}

# confined COMMAND…: however it ends, none of its mounts and processes stays.
confined() {
  timeout --foreground "$STEP_TIMEOUT" \
    unshare --mount --propagation private --pid --fork --kill-child "$@" >&2
}

# A debootstrap that was interrupted cannot be gone on with.
bootstrap() {
  local mirror script=$SCRIPTS/$release
  mirror=$(mirror)
  if [ -z "$mirror" ]; then
    apt-get -q update >&2
    mirror=$(mirror)
  fi
  [ -n "$mirror" ] || fail "apt's sources name no mirror of Debian"
  # debootstrap has a script of its own for releases known when it was packaged; they are all alike.
  [ -e "$script" ] || script=$SCRIPTS/sid
  if grep -qF " $root/" /proc/self/mountinfo; then fail "something is mounted below $root"; fi
  rm -rf --one-file-system "$root"
  mkdir -p "$root"
  : >"$mark"
  confined debootstrap --variant=minbase "$release" "$root" "$mirror" "$script"
  echo "$release base" >"$mark"
}

install_packages() {
  # The index of a release in the making expires within days, on a mirror that is a snapshot for good.
  printf '%s\n' 'Acquire::Check-Valid-Until "false";' 'Acquire::Retries "3";' \
    'APT::Install-Recommends "false";' >"$root/etc/apt/apt.conf.d/90holdfast"
  # No cluster of Debian's own, and nothing started.
  mkdir -p "$root/etc/postgresql-common/createcluster.d"
  echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.d/holdfast.conf"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 0755 "$root/usr/sbin/policy-rc.d"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  # shellcheck disable=SC2016 # expanded by the inner shell
  confined sh -euc '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
    chroot "$root" apt-get -q update
    chroot "$root" apt-get -q -y install "$@"
    chroot "$root" apt-get -q clean
  ' sh "$root" "${PACKAGES[@]}"
  # Where run-in-root-fs.sh mounts the checkout and the npm of this machine.
  mkdir -p "$root/srv/holdfast" "$root/srv/npm"
  ln -sfn /srv/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  echo "$recipe" >"$mark"
}

if [ -e "$root" ] && [ ! -e "$mark" ] && [ -n "$(ls -A "$root")" ]; then
  fail "$root is not empty and not of this script's making"
fi
mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock --timeout 3600 9 || fail "another run has held $root.lock for an hour"

eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
[ -z "${http_proxy:-}" ] || export http_proxy
[ -z "${https_proxy:-}" ] || export https_proxy

case $(step) in "$release "*) ;; *) bootstrap ;; esac
[ "$(step)" = "$recipe" ] || install_packages
printf '%s\n' "$root"
