# Runs each NN-*.sql beside this file on Athena, one after another, and stops at the first that
# fails. Given again it goes on where it stopped: NN-*.id is the query of a statement that ran.
# With the word "undo" it drops the tables, and removes what was written for them, here and there.
# WORKGROUP is Athena's, PAUSE_S how long to wait between two looks at a statement.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

of_query() {
    aws athena get-query-execution --query-execution-id "$1" --query "QueryExecution.$2" --output text
}

ask() { # ask STATEMENT [DATABASE]: start it, and print the id of its query
    aws athena start-query-execution --query-string "$1" --work-group "${WORKGROUP:-primary}" \
        ${2:+--query-execution-context "Database=$2"} \
        --result-configuration "OutputLocation=$place/results/" --query QueryExecutionId --output text
}

finish() { # finish NAME ID: wait for its end, and say what it read, which is what is billed
    while state=$(of_query "$2" Status.State); do
        case $state in QUEUED | RUNNING) sleep "${PAUSE_S:-5}" ;; *) break ;; esac
    done
    if [ "$state" != SUCCEEDED ]; then
        echo "$1: $state: $(of_query "$2" Status.StateChangeReason)" >&2
        return 1
    fi
    echo "$1: $(of_query "$2" Statistics.DataScannedInBytes) bytes read"
}

empty() { # empty NAME: Athena writes into empty places only, and leaves what a failed query wrote
    case $1 in
        *-keep-*) aws s3 rm --recursive --only-show-errors "$place/kept/${1#*-keep-}/" ;;
        *-output-*) aws s3 rm --recursive --only-show-errors "$place/out/${1#*-output-}/" ;;
    esac
}

run() {
    for file in "$here"/*.sql; do
        name=$(basename "$file" .sql)
        state=
        if [ -s "$here/$name.id" ]; then
            state=$(of_query "$(cat "$here/$name.id")" Status.State)
        fi
        case $state in
            SUCCEEDED) continue ;;
            QUEUED | RUNNING) ;;
            *)
                empty "$name"
                case $name in *-database-*) within= ;; *) within=$database ;; esac
                ask "file://$file" "$within" >"$here/$name.id"
                ;;
        esac
        finish "$name" "$(cat "$here/$name.id")"
    done
}

undo() {
    finish undo "$(ask "DROP DATABASE IF EXISTS \`$database\` CASCADE")"
    aws s3 rm --recursive --only-show-errors "$place/"
    rm -r "$here" "$here.sql"
}

case ${1:-run} in
    run | undo) "${1:-run}"; exit ;;
    *) echo "usage: sh run.sh [undo]" >&2; exit 2 ;;
esac
