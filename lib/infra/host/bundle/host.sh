# What the host's scripts share. Sourced; plain POSIX sh, on a machine with docker, systemd, the AWS
# command line and nothing else: whatever takes thought runs in the image.
#
# Read from /etc/holdfast/host.env, which the units load and which may be edited by hand:
#   AWS_REGION             of every call
#   HOLDFAST_ATTACH_SEC    how long a volume may take to come (25 minutes)
#   HOLDFAST_PULL_ATTEMPTS how often the registry is asked for the image before the saved one is used
#   HOLDFAST_PAUSE_SEC     between two attempts of anything
#   HOLDFAST_OOM_SCORE_ADJ how late the kernel takes PostgreSQL when memory runs out (-500)
# and whatever the AWS SDKs read there, such as a proxy: containers that call AWS are given the file.
# shellcheck shell=sh disable=SC2034 # each script uses some of it

etc=/etc/holdfast
config=$etc/host-config.json
state=/var/lib/holdfast
volume=$state/volume
marker=$volume/marker.json
cluster=$volume/cluster
# What PostgreSQL started with last: for a reboot, or another host, that finds a deployment it cannot start with.
good=$volume/host-config.json
# There from a recovery onto this volume until its agent is the writer.
take_over=$volume/take-over
spool=$state/spool
tls=$state/tls
run=/run/holdfast
# What the units run; what they ran before; what a deployment wants and may not run yet.
current=holdfast:current
previous=holdfast:previous
fetched=holdfast:fetched
pause=${HOLDFAST_PAUSE_SEC:-10}
# No credentials of a registry on a disk.
export DOCKER_CONFIG=$run/docker
export AWS_MAX_ATTEMPTS=3
export AWS_DEFAULT_REGION="${AWS_REGION:-${AWS_DEFAULT_REGION:-}}"

say() {
  echo "holdfast: $1" >&2
}

# fail CODE SENTENCE: the code is the runbook's.
fail() {
  say "$1: $2"
  exit 1
}

# field NAME [FILE]: a text of the configuration, and nothing when it is not there. Only for what can hold no
# quote and no backslash; a text within another has its quotes escaped, so it is never taken for one.
field() {
  sed -n "s/.*[{,]\"$1\":\"\([^\"\\\\]*\)\".*/\1/p" "${2:-$config}"
}

# number NAME: the same for a whole number.
number() {
  sed -n "s/.*[{,]\"$1\":\([0-9]\{1,\}\)[,}].*/\1/p" "$config"
}

# instance: id of this machine, as cloud-init has learnt it.
instance() {
  cat /var/lib/cloud/data/instance-id
}

# check_config [FILE]: names that it is asked for must look like what they are before anything is done by them.
check_config() {
  checked=${1:-$config}
  case $(field cluster "$checked") in
    '' | *[!a-z0-9-]*) fail CONFIG-INVALID "$checked names no cluster" ;;
  esac
  case $(field volumeId "$checked") in
    vol-*[!0-9a-f]* | vol-) fail CONFIG-INVALID "$checked names no volume" ;;
    vol-*) ;;
    *) fail CONFIG-INVALID "$checked names no volume" ;;
  esac
  case $(field image "$checked") in
    '' | *[!A-Za-z0-9._/:@-]* | -*) fail CONFIG-INVALID "$checked names no image" ;;
  esac
}

# read_config PARAMETER: asks what the deployment says now. What cannot be one takes no other's place.
read_config() {
  # What is not there within seconds must not hold up a reboot.
  aws ssm get-parameter --name "$1" --query Parameter.Value --output text \
    --cli-connect-timeout 5 --cli-read-timeout 20 >"$config.new" &&
    (check_config "$config.new") && mv "$config.new" "$config"
}

# account: of PostgreSQL, as the image has it: uid:gid.
account() {
  docker run --rm --network none --entrypoint sh "$current" -c 'echo "$(id -u):$(id -g)"'
}

# log_words: where a container's output goes: CloudWatch, else the journal, which is bounded. Nothing ever waits
# for either: what is not taken is dropped.
log_words() {
  group=$(field logGroup)
  if [ -n "$group" ]; then
    echo "--log-driver=awslogs --log-opt=awslogs-region=$AWS_DEFAULT_REGION --log-opt=awslogs-group=$group"
    echo "--log-opt=awslogs-stream=$1/$(instance)"
  else
    echo "--log-driver=journald --log-opt=tag=holdfast-$1"
  fi
  echo '--log-opt=mode=non-blocking --log-opt=max-buffer-size=4m'
}

# The rights of every container: none. Nothing is writable but what is mounted; what the base image
# declares as a volume would else be one on the host's disk.
confined='--init --read-only --cap-drop=ALL --security-opt=no-new-privileges
  --tmpfs=/var/lib/postgresql:ro,size=1m --tmpfs=/tmp:mode=1777,size=64m
  --volume=/etc/machine-id:/etc/machine-id:ro --volume=/run/udev:/run/udev:ro'
# Of those that call AWS: the host's network, because the metadata service answers no container on another.
calls_aws="--network=host --env-file=$etc/host.env --env=AWS_REGION=$AWS_DEFAULT_REGION"

# role WORDS…: runs a role of the image to its end; what it prints is this function's. It sees the configuration
# and what the words mount. There is never more than one: they write the same files. Whoever was killed while it
# waited has left a container that still works.
role() {
  (
    flock --wait 900 8 || fail HOST-LOCK 'another role has been running for a quarter of an hour'
    docker rm --force holdfast-role >/dev/null 2>&1 || true
    # shellcheck disable=SC2086 # words
    docker run --rm --name holdfast-role $confined $calls_aws --memory=600m --pids-limit=512 \
      --volume="$config:$config:ro" --env=HOLDFAST_HOST_CONFIG="$config" "$@"
  ) 8>"$run/role.lock"
}

# postmaster_state: starting, stopping, ready or standby; nothing when no server has begun. The eighth line of its
# file, which a killed one leaves behind: it counts if the server was born, by the third, in the container that
# runs.
postmaster_state() {
  # Made new for each start; docker notes when it started only after it has.
  began=$(docker inspect --format '{{if .State.Running}}{{.Created}}{{end}}' holdfast-postgres 2>/dev/null) ||
    return 0
  [ -n "$began" ] || return 0
  born=$(sed -n 3p "$cluster/pgdata/postmaster.pid" 2>/dev/null) || return 0
  [ "${born:-0}" -ge "$(date -d "$began" +%s)" ] || return 0
  sed -n '8s/ *$//p' "$cluster/pgdata/postmaster.pid" 2>/dev/null || true
}

# keep_metadata_from_containers: the hop limit does; this holds if somebody raises it.
keep_metadata_from_containers() {
  iptables -C DOCKER-USER -d 169.254.169.254 -j REJECT 2>/dev/null ||
    iptables -I DOCKER-USER -d 169.254.169.254 -j REJECT
}

# reserve_huge_pages: as many as PostgreSQL would take for its shared memory. It runs without where they cannot be
# had, and is not asked while it runs. Without a network: it reads what a superuser has set.
reserve_huge_pages() {
  # shellcheck disable=SC2086 # words
  pages=$(docker run --rm $confined --network=none --volume="$cluster:/var/lib/holdfast/data" \
    --volume="$run/postgres:/etc/holdfast/postgres:ro" --volume="$config:$config:ro" \
    --env=HOLDFAST_HOST_CONFIG="$config" "$current" host-huge-pages 2>/dev/null) || return 0
  [ "$(cat /proc/sys/vm/nr_hugepages)" -ge "$pages" ] || echo "$pages" >/proc/sys/vm/nr_hugepages ||
    say "no $pages huge pages"
}

# volume_id: of the file system on the volume, which containers see a mount of and cannot tell. A copy by a
# snapshot has the same: the volume's own id goes before it.
volume_id() {
  blkid --probe --match-tag UUID --output value "$(findmnt --noheadings --output SOURCE --mountpoint "$volume")"
}
