#!/bin/sh
# docker, systemctl, aws and what knows of mounts, of a host that runs: notes what changes anything, and does to the files
# in its folder what the real one would do to images, containers and units.
set -eu
cd "$STAND_IN"

note() {
  echo "$*" >>calls
}

# file NAME: of an image.
file() {
  echo "images/$(echo "$1" | tr '/:' '__')"
}

# listed NAME FILE
listed() {
  grep -qx "$1" "$2" 2>/dev/null
}

# answer: the next of what the planner says; the last stays.
answer() {
  number=$(($(cat planned) + 1))
  [ ! -e "plans/$((number + 1))" ] || echo "$number" >planned
  cat "plans/$number"
  exit "$(cat "plans/$number.status" 2>/dev/null || echo 0)"
}

docker_run() {
  environment=''
  image=''
  for word in "$@"; do
    case $word in
      --env=HOLDFAST_APPLY=*) environment=" ${word#--env=HOLDFAST_APPLY=}" ;;
      registry/* | holdfast:*) image=$word ;;
      host-plan)
        note "host-plan by $image$environment"
        # What saves an image at the same time forgets those it does not know.
        if [ -e forgotten ]; then rm -f "$(file "$(cat forgotten)")"; fi
        answer
        ;;
      host-prepare)
        id=$(cat "$(file "$image")")
        note "host-prepare by $id with $(sed -n 's/.*"image":"\([^"]*\)".*/\1/p' "$CONFIG")"
        if listed "$id" cannot-prepare; then exit 1; fi
        echo start
        exit 0
        ;;
      psql) echo wal_level && exit 0 ;;
      postgres) echo 0 && exit 0 ;;
    esac
  done
}

docker() {
  case $1\ $2\ ${3-} in
    'image inspect '*)
      if [ "$3" = --format ]; then cat "$(file "$5")"; else test -e "$(file "$3")"; fi
      ;;
    'inspect '*Created*) echo 2026-12-01T00:00:00Z ;;
    'inspect '*) cat "containers/$4" ;;
    'pull '*)
      note "docker pull $3"
      cp "registry/$(basename "$(file "$3")")" "$(file "$3")"
      ;;
    'tag '*)
      case $2 in
        # An id is no file.
        sha256:*) echo "$2" >"$(file "$3")" ;;
        *) cp "$(file "$2")" "$(file "$3")" 2>/dev/null || exit 1 ;;
      esac
      note "docker tag $2 $3"
      ;;
    'kill '*) note "docker $*" ;;
    'run '*) docker_run "$@" ;;
    *) exit 125 ;;
  esac
}

systemctl() {
  case $1 in
    is-active)
      if [ -e "containers/${2%.service}" ]; then echo active; else echo inactive && exit 3; fi
      ;;
    restart)
      note "systemctl restart $2"
      id=$(cat "$(file holdfast:current)")
      if listed "$id" cannot-start && [ "$2" = holdfast-postgres.service ]; then
        rm -f containers/holdfast-postgres
        exit 1
      fi
      echo "$id" >"containers/${2%.service}"
      ;;
    *) note "systemctl $*" ;;
  esac
}

aws() {
  case $4 in
    */host-config) cat host-config ;;
    */host-bundle) cat host-bundle ;;
    *) exit 252 ;;
  esac
}

mountpoint() {
  grep -qx yes mounted
}

xfs_growfs() {
  note xfs_growfs
}

program=$(basename "$0")
"$program" "$@"
