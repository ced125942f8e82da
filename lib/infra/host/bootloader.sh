#!/bin/sh
# All of the instance's user data. It stays the same from one deployment to the next, so that none of
# them touches the launch template: what the host runs is named by a parameter, and verified.
set -eu
parameter='@PARAMETER@'
export AWS_DEFAULT_REGION='@REGION@'
home=${HOLDFAST_HOME:-/opt/holdfast}
# A network or a service that is not there yet must not cost an instance.
attempts=${HOLDFAST_ATTEMPTS:-60}
pause=${HOLDFAST_PAUSE_SEC:-10}

# fail SENTENCE: ends the launch, with the reason in the instance's system log.
fail() {
  echo "holdfast: $1" >&2
  exit 1
}

# give_up SENTENCE: as fail, and off: nobody runs this again on an instance that has booted, but its group
# launches another in the place of one that is stopped. On a host that runs already it is only a deployment.
give_up() {
  echo "holdfast: $1" >&2
  [ -e "$home/current" ] || ! command -v poweroff >/dev/null || poweroff
  exit 1
}

# persist COMMAND…: runs it until it succeeds, for a bounded time.
persist() {
  count=1
  until "$@"; do
    [ "$count" -lt "$attempts" ] || give_up "gave up after $count attempts: $*"
    count=$((count + 1))
    sleep "$pause"
  done
}

# read_parameter: asks which bundle it is to be.
read_parameter() {
  bundle=$(aws ssm get-parameter --name "$parameter" --query Parameter.Value --output text)
}

# download: gets the bundle, whole and as its hash says, or nothing.
download() {
  aws s3 cp --only-show-errors "$uri" "$directory.tar" &&
    printf '%s  %s\n' "$sha256" "$directory.tar" | sha256sum --check --status
}

command -v aws >/dev/null || persist dnf install -y -q awscli-2
persist read_parameter
uri=${bundle%% *}
sha256=${bundle#* }
case $uri in
  s3://*/*) ;;
  *) fail "$parameter names no bundle: $bundle" ;;
esac
case $sha256 in
  *[!0-9a-f]*) fail "$parameter has no SHA-256: $bundle" ;;
esac
[ "${#sha256}" -eq 64 ] || fail "$parameter has no SHA-256: $bundle"
directory=$home/bundle-$sha256
mkdir -p "$directory"
persist download
tar -x -f "$directory.tar" -C "$directory"
ln -sfn "$directory" "$home/current"
# For the next bundle: cloud-init runs this once in the life of an instance.
[ "$0" = "$home/bootloader" ] || install -m 0700 "$0" "$home/bootloader"
export HOLDFAST_PARAMETERS="${parameter%/*}"
exec "$home/current/boot" "$@"
