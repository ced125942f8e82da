# The image: from the registry, else as it lies on the data volume.
# shellcheck shell=sh disable=SC2154 # host.sh has the rest

saved=$volume/image

# pull IMAGE: from its registry, with a login of this host's own.
pull() {
  registry=${1%%/*}
  case $registry in
    *.dkr.ecr.*)
      aws ecr get-login-password | docker login --username AWS --password-stdin "$registry" >/dev/null 2>&1
      ;;
  esac
  docker pull --quiet "$1" >/dev/null
}

# has IMAGE: whether it is on this machine.
has() {
  docker image inspect "$1" >/dev/null 2>&1
}

# use IMAGE: what the units run from their next start on.
use() {
  if has "$current" && [ "$(image_id "$current")" != "$(image_id "$1")" ]; then
    docker tag "$current" "$previous"
  fi
  docker tag "$1" "$current"
}

image_id() {
  docker image inspect --format '{{.Id}}' "$1"
}

# major_on_volume: of the cluster that the volume holds; nothing when it holds none.
major_on_volume() {
  [ -r "$marker" ] || return 0
  sed -n 's/.*"lineage":"[0-9]\{1,\}-\([0-9]\{1,\}\)".*/\1/p' "$marker"
}

# get_image: the one that the deployment names. An image of another major version could not start the
# cluster, so a deployment that names one changes nothing here: that takes an upgrade.
get_image() {
  wanted=$(field image)
  major=$(major_on_volume)
  if [ -n "$major" ] && [ "$major" != "$(number major)" ]; then
    say "the cluster is of PostgreSQL $major, the deployment names $(number major): the saved image goes on"
    has "$current" || load_saved
    return
  fi
  attempts=${HOLDFAST_PULL_ATTEMPTS:-6}
  until has "$wanted" || pull "$wanted"; do
    attempts=$((attempts - 1))
    if [ "$attempts" -le 0 ]; then
      say "$wanted cannot be pulled; the image before goes on"
      has "$current" || load_saved
      return
    fi
    sleep "$pause"
  done
  use "$wanted"
}

# load_saved: what the last host ran.
load_saved() {
  [ -r "$saved/image.tar" ] || fail HOST-ABSENT 'no image can be pulled, and none is saved on the volume'
  docker load --quiet --input "$saved/image.tar" >/dev/null
  say "runs the image saved on the volume: $(cat "$saved/id")"
}

# save_image: keeps what runs for a host that finds the registry unreachable.
save_image() {
  id=$(image_id "$current")
  [ "$(cat "$saved/id" 2>/dev/null)" != "$id" ] || return 0
  mkdir -p "$saved"
  docker save --output "$saved/image.tar.new" "$current"
  sync "$saved/image.tar.new"
  rm -f "$saved/id"
  mv "$saved/image.tar.new" "$saved/image.tar"
  echo "$id" >"$saved/id"
  sync "$saved"
}
