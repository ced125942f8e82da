# Holdfast's restore command, run while a recovery replays:
#
#   sh restore-command.sh SPOOL %f %p
#
# Exit 0: the file is in place. Exit 1: it is proven absent, and a proof lies in SPOOL/absent; this
# is the end of the WAL. Every other ending is 200: PostgreSQL reads 1 to 125 as "no such file", ends
# the recovery and promotes, so no fault may look like that. restore_command itself checks both
# claims again, because this script may be damaged too.
#
# Runs in the data directory, as PostgreSQL does. Plain POSIX sh; no command but sleep, date and mv.

spool=$1
name=$2
target=$3

# Longest wait for an answer, in naps; whoever serves us gives up before. The first naps are short: most
# of what is asked for comes at once, and the replay waits for it.
patience=24000
short_naps=20
# The serving process beats every second; its silence, in seconds, that means it is dead.
silence=15

fail() {
  echo "holdfast: $name is not restored: $1" >&2
  exit 200
}

# The name becomes part of paths: nothing but what PostgreSQL itself asks for may pass.
case $name in
  *[!0-9A-Za-z.]* | '' | .*) fail 'not a name of an archive file' ;;
esac
[ -n "$target" ] || fail 'no place to put it'
[ -d "$spool/ready" ] || fail "there is no recovery at $spool"

# Within one file system mv is a rename: the file is there whole or not at all.
hand_over() {
  mv -f "$spool/ready/$name" "$target" || fail 'it cannot be moved into place'
  : >"$spool/taken/$name" || fail "$spool cannot be written"
  exit 0
}

is_silent() {
  beat=''
  [ -r "$spool/heartbeat" ] && read -r beat <"$spool/heartbeat"
  case $beat in
    # A leading zero would make the number octal, and 08 an error that ends the shell.
    '' | 0* | *[!0-9]*) return 0 ;;
  esac
  age=$(($(date +%s) - beat))
  [ "$age" -gt "$silence" ] || [ "$age" -lt "-$silence" ]
}

# Nobody serves us any more. A program of one shot may stand in; its exit 1 counts only with a proof
# that it writes itself, because an interpreter that fails to start may end with 1 as well.
call_one_shot() {
  [ -r "$spool/one-shot" ] || fail 'the recovering process is gone'
  sh "$spool/one-shot" "$name" "$target" "$spool/absent/$name" </dev/null
  status=$?
  [ "$status" -eq 0 ] && [ -s "$target" ] && exit 0
  [ "$status" -eq 1 ] && [ -e "$spool/absent/$name" ] && exit 1
  fail "the recovering process is gone, and the one-shot fetch ended with $status"
}

[ -e "$spool/ready/$name" ] && hand_over
: >"$spool/asked/$name" || fail "$spool cannot be written"

waited=0
while [ "$waited" -lt "$patience" ]; do
  [ -e "$spool/ready/$name" ] && hand_over
  [ -e "$spool/absent/$name" ] && exit 1
  if [ -e "$spool/failed/$name" ]; then
    reason=''
    read -r reason <"$spool/failed/$name"
    fail "$reason"
  fi
  [ $((waited % 20)) -eq 0 ] && is_silent && call_one_shot
  if [ "$waited" -lt "$short_naps" ]; then sleep 0.01; else sleep 0.05; fi
  waited=$((waited + 1))
done
fail 'no answer came in time'
