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

# keep_fetched IMAGE: gives what is on this machine a name that forget_images, which may run at any moment, leaves alone.
keep_fetched() {
  docker tag "$1" "$fetched" 2>/dev/null
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

# get_image: the one that the configuration names, else the one before. An image of another major version than
# the cluster's could not start it.
get_image() {
  wanted=$(field image)
  major=$(major_on_volume)
  if [ -n "$major" ] && [ "$major" != "$(number major)" ]; then
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

# save_image: keeps what runs for a host that finds the registry unreachable. Room for it must be plenty: WAL is on
# the same volume, and PostgreSQL ends when that is full.
save_image() {
  id=$(image_id "$current")
  [ "$(cat "$saved/id" 2>/dev/null)" != "$id" ] || return 0
  mkdir -p "$saved"
  # Of a try that was broken off.
  find "$saved" -type f ! -name image.tar ! -name id -delete
  bytes=$(docker image inspect --format '{{.Size}}' "$current")
  free=$(df --output=avail --block-size=1 "$volume" | sed -n 2p)
  if [ "$free" -lt "$((bytes * 2 + 1073741824))" ]; then
    say 'the volume has no room to save the image: another host needs the registry'
    return
  fi
  docker save --output "$saved/image.tar.new" "$current"
  sync "$saved/image.tar.new"
  rm -f "$saved/id"
  mv "$saved/image.tar.new" "$saved/image.tar"
  echo "$id" >"$saved/id"
  sync "$saved"
}

# forget_images: what neither runs, ran before nor is deployed would fill the root volume in time.
forget_images() {
  docker image ls --format '{{.Repository}}:{{.Tag}}' | while read -r name; do
    case $name in
      holdfast:* | "$(field image)" | '<none>'*) ;;
      *) docker image rm "$name" >/dev/null 2>&1 || true ;;
    esac
  done
}
