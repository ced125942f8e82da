# Holdfast's archive command. PostgreSQL's archiver sources it, so that no further interpreter starts:
#
#   archive_command = 'set -- /path/of/spool %f; . /path/of/spool/archive-command; exit 1'
#
# Without the last words an empty script would report success. Exit 0 means that the agent has
# acknowledged the file: its bytes are durable in the store. Every other ending is 1 to 125, which
# PostgreSQL counts as a failed attempt and tries again; above that it would end the archiver and
# count nothing.
#
# Runs in the data directory, as PostgreSQL does. Plain POSIX sh; no command but sleep and date,
# and none at all for a file that is acknowledged: each costs as much as the shell itself.

spool=$1
name=$2

# Waits, in tenths of a second. A fast shutdown finishes a round of three attempts a second apart and
# makes another: with these waits both take about 12 seconds.
patience=100
patience_at_shutdown=12
# Whoever ships beats every second; the silence, in seconds, that calls for the one-shot push.
silence=5

fail() {
  echo "holdfast: $name is not archived: $1" >&2
  exit 1
}

# The name becomes part of paths: nothing but what PostgreSQL itself archives may pass.
case $name in
  *[!0-9A-Za-z.]* | '' | .*) fail 'not a name of an archive file' ;;
esac
[ -d "$spool" ] || fail "there is no spool at $spool; run holdfast init"
[ -r postmaster.pid ] || fail 'there is no postmaster.pid here'

# One life of the postmaster, by process id and start time: lines 1 and 3 of postmaster.pid.
read_postmaster() {
  pid='' born='' state='' line=0
  while read -r text || [ -n "$text" ]; do
    line=$((line + 1))
    case $line in
      1) pid=$text ;;
      3) born=$text ;;
      8) state=$text ;;
    esac
  done <postmaster.pid
}

# An acknowledgement counts only within the postmaster's life for which it was given. Its mark is looked
# for first: whoever ships removes both, the mark last, so an unmarked one seen after that is good.
is_acknowledged() {
  [ ! -e "$spool/acknowledged/$pid-$born/$name.used" ] && [ -e "$spool/acknowledged/$pid-$born/$name" ]
}

collect() {
  # Used once: as it is, it could vouch for other bytes under the same name. Whoever ships removes both.
  true >"$spool/acknowledged/$pid-$born/$name.used" || fail 'its acknowledgement cannot be used up'
  is_acknowledged && fail 'its acknowledgement cannot be used up'
  exit 0
}

is_silent() {
  beat=''
  [ -r "$spool/heartbeat" ] && read -r beat <"$spool/heartbeat"
  case $beat in
    # Nothing that arithmetic cannot take, for that would end the shell: 08 is octal, and wrong.
    '' | 0* | *[!0-9]* | ????????????*) return 0 ;;
  esac
  age=$(($(date +%s) - beat))
  [ "$age" -gt "$silence" ] || [ "$age" -lt "-$silence" ]
}

# The one-shot push runs beside us and outlives us: it ships all that is ready. Where this script
# holds no credentials there is no such program, and whoever watches the request serves it.
call_one_shot() {
  echo "$name" >"$spool/requested"
  [ -r "$spool/one-shot" ] || return 0
  sh "$spool/one-shot" "$name" </dev/null >"$spool/one-shot.log" 2>&1 &
}

read_postmaster
if [ -z "$pid" ] || [ -z "$born" ]; then fail 'postmaster.pid is damaged'; fi
is_acknowledged && collect

called=no
waited=0
while :; do
  if [ "$called" = no ] && [ $((waited % 10)) -eq 0 ] && is_silent; then
    called=yes
    call_one_shot
  fi
  sleep 0.1
  waited=$((waited + 1))
  is_acknowledged && collect
  [ $((waited % 5)) -eq 0 ] && read_postmaster
  case $state in
    stopping*) [ "$waited" -lt "$patience_at_shutdown" ] || break ;;
    *) [ "$waited" -lt "$patience" ] || break ;;
  esac
done

[ "$called" = no ] || fail "the agent is silent and the one-shot push did not finish in time; see $spool/one-shot.log"
fail 'the agent has not acknowledged it yet'
