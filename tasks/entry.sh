# Entry of the image: the first argument is the role, the others are its own.
#
#   serve DIRECTORY ARGUMENT…      PostgreSQL on a data directory that nothing else may use meanwhile
#   postgres, initdb, psql, pg_…   PostgreSQL's own programs, as they are
#   pgbouncer                      the pooler, as it is
#   holdfast                       the command line, as "holdfast agent"
#   anything else                  a task, as "base-backup"
#
# Each takes the place of this shell, so that signals reach it.
case ${1-} in
  serve)
    [ $# -ge 2 ] || {
      echo 'serve: name the data directory' >&2
      exit 25
    }
    directory=$2
    shift 2
    # The lock that a recovery takes. It belongs to the open file, so it is held for as long as the
    # server or any process of its own lives.
    exec 9>>"$directory.lock"
    flock --nonblock --conflict-exit-code 75 9 || {
      status=$?
      [ "$status" -ne 75 ] || echo "serve: somebody holds the lock $directory.lock: a server, or a recovery" >&2
      exit "$status"
    }
    exec postgres -D "$directory" "$@"
    ;;
  postgres | initdb | psql | pg_*) exec "$@" ;;
  pgbouncer)
    shift
    export LD_LIBRARY_PATH=/opt/holdfast/pooler
    exec /opt/holdfast/pooler/pgbouncer "$@"
    ;;
  holdfast)
    shift
    exec node --max-semi-space-size=8 /opt/holdfast/bin/holdfast.mjs "$@"
    ;;
  *) exec node --max-semi-space-size=8 /opt/holdfast/bin/main.mjs "$@" ;;
esac
