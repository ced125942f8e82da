# Entry of the image: the first argument is the role, the others are its own.
#
#   postgres, initdb, psql, pg_…   PostgreSQL's own programs, as they are
#   holdfast                       the command line, as "holdfast agent"
#   anything else                  a task, as "base-backup"
#
# Each takes the place of this shell, so that signals reach it.
case ${1-} in
  postgres | initdb | psql | pg_*) exec "$@" ;;
  holdfast)
    shift
    exec node --max-semi-space-size=8 /opt/holdfast/bin/holdfast.mjs "$@"
    ;;
  *) exec node --max-semi-space-size=8 /opt/holdfast/bin/main.mjs "$@" ;;
esac
