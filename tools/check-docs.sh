#!/bin/sh
# SPDX-License-Identifier: MIT
# check-docs.sh SOURCE BUILD COMPILER...: whether README and manual pages say what is so.
#  - every page compiles, and renders without a warning; pages and files that are referred to exist
#  - every public function stands in the synopsis of exactly one page
#  - every option of a subcommand has an entry in its page, with its letter, and there is no other; what pages mention is there
#  - each test that the table of attacks names is there
#  - the programs in pages and README compile, and end with 0; the command lines in README work, and print what it says
# All of it runs as an unprivileged user, and for root as root as well.
set -eu
export LC_ALL=C
source=$(cd "$1" && pwd) build=$(cd "$2" && pwd)
shift 2
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
chmod 755 "$temporary"
mkdir "$temporary/pages" "$temporary/programs"
failures=0

fail()
{
        echo "check-docs: $*" >&2
        failures=$((failures + 1))
}

# ---- Pages ----

render()
{
        scdoc <"$1" >"$2" && groff -t -man -ww -Tascii -P-cbou -rLL=200n "$2" >"$2.txt"
}

for scd in "$source"/man/*.scd; do
        name=$(basename "$scd" .scd)
        page=$temporary/pages/$name
        if ! render "$scd" "$page" 2>"$page.warnings" || [ -s "$page.warnings" ] || ! [ -s "$page.txt" ]; then
                fail "$name does not render cleanly:" "$(cat "$page.warnings")"
        fi
        [ -s "$build/man/$name" ] || fail "$name is not in man/meson.build"
        for link in $(grep -oE '\*(lib)?pinfold[a-z_-]*\*\([0-9]\)' "$scd" | tr -d '*)' | tr '(' '.' | sort -u); do
                [ -e "$source/man/$link.scd" ] || fail "$name refers to $link, which is not there"
        done
done

for document in README.md SECURITY.md CONTRIBUTING.md; do
        for link in $(grep -oE '\]\([^)]*\)' "$source/$document" | sed 's/^](//; s/)$//; s/#.*//; /^[a-z]*:/d' | sort -u); do
                [ -e "$source/$link" ] || fail "$document refers to $link, which is not there"
        done
done

# ---- Attacks ----

attacks=$source/tests/security/README.md
grep -oE '`[a-z]+/[a-z_0-9]+: [a-z_0-9]+`' "$attacks" | tr -d '`' | sort -u >"$temporary/named"
[ "$(wc -l <"$temporary/named")" -gt 100 ] || fail "the table of attacks names too few tests"
while IFS=': ' read -r file name; do
        grep -qE "^([A-Z]+_)?TEST\($name[,)]" "$source/tests/$file.c" || fail "the table of attacks names $file: $name, which is not there"
done <"$temporary/named"
[ "$(sed -n 's/^| \([0-9]*\) |.*/\1/p' "$attacks" | tr '\n' ' ')" = "$(seq 30 | tr '\n' ' ')" ] ||
        fail "the table of attacks has not the rows 1 to 30"

# ---- Functions and options ----

cat "$source"/include/pinfold/*.h | "$@" -fpreprocessed -dD -E -P -x c - 2>/dev/null |
        grep -oE '\bpinfold_[a-z0-9_]+\(' | tr -d '(' | sort -u >"$temporary/declared"
"$source/tools/documented.sh" "$source/man" >"$temporary/documented"
cut -d' ' -f1 "$temporary/documented" >"$temporary/documented.names"
[ -s "$temporary/declared" ] || fail "no function was found in the headers"
for function in $(uniq -d "$temporary/documented.names"); do
        fail "$function is described more than once:" "$(sed -n "s/^$function //p" "$temporary/documented" | xargs)"
done
for function in $(comm -23 "$temporary/declared" "$temporary/documented.names"); do
        fail "$function is in no page"
done
for function in $(uniq "$temporary/documented.names" | comm -13 "$temporary/declared" -); do
        fail "$function is in a page, but in no header"
done

# Of a help text, and of the entries of a page (a line of options, and its description behind a tab): "NAME" or "NAME LETTER".
options()
{
        sed -n 's/^  -\(.\), --\([a-z0-9-]*\).*/\2 \1/p; s/^  --\([a-z0-9-]*\).*/\1/p' | sort -u
}

entries()
{
        awk '
                /^\t/ && above ~ /^\*-/ {
                        letter = ""
                        count = 0
                        for (; match(above, /\*--?[a-zA-Z0-9][a-z0-9-]*\*/); above = substr(above, RSTART + RLENGTH)) {
                                word = substr(above, RSTART + 1, RLENGTH - 2)
                                if (word ~ /^--/)
                                        names[++count] = substr(word, 3)
                                else
                                        letter = " " substr(word, 2)
                        }
                        for (i = 1; i <= count; i++)
                                print names[i] letter
                }
                { above = $0 }
        ' "$1" | sort
}

"$build/pinfold" run --help | options >"$temporary/options"
[ "$(wc -l <"$temporary/options")" -gt 60 ] || fail "pinfold run --help lists too few options"
for command in run explain serve seccomp doctor; do
        "$build/pinfold" "$command" --help | options >"$temporary/options.all"
        [ -s "$temporary/options.all" ] || fail "pinfold $command --help lists no option"
        cp "$temporary/options.all" "$temporary/options.own"
        # Its page says that all others are those of run.
        [ "$command" != explain ] || comm -23 "$temporary/options.all" "$temporary/options" >"$temporary/options.own"
        entries "$source/man/pinfold-$command.1.scd" >"$temporary/entries"
        for option in $(comm -23 "$temporary/options.own" "$temporary/entries" | tr ' ' ,); do
                fail "pinfold-$command(1) has no entry for --$option"
        done
        for option in $(comm -13 "$temporary/options.own" "$temporary/entries" | tr ' ' ,); do
                fail "pinfold-$command(1) has an entry for --$option, which is not in pinfold $command --help"
        done
        for option in $(uniq -d "$temporary/entries" | tr ' ' ,); do
                fail "pinfold-$command(1) has more than one entry for --$option"
        done
        cut -d' ' -f1 "$temporary/options.own" >>"$temporary/names"
done
# Those of the others stand in the text of a page.
for command in profile trust completion; do
        "$build/pinfold" "$command" --help | options | cut -d' ' -f1 >>"$temporary/names"
done

# What they mention: of pinfold-bwrap its own, and of the table there what bubblewrap and `pinfold run` call the same.
"$build/pinfold-bwrap" --help | sed -n 's/^    --\([a-z0-9-]*\).*/\1/p' >"$temporary/names.bwrap"
[ "$(wc -l <"$temporary/names.bwrap")" -gt 60 ] || fail "pinfold-bwrap --help lists too few options"
mentioned()
{
        grep -oE -e "$1" | tr -d '*' | sed 's/^.*--//' | sort -u
}
# `pinfold --version`, and `pinfold-bwrap --explain`, which bubblewrap's help has not.
echo version >"$temporary/names.pinfold.1.scd"
{ cat "$temporary/names.bwrap"; echo explain; } >"$temporary/names.pinfold-bwrap.1.scd"
for page in "$source"/man/pinfold*.[15].scd; do
        name=$(basename "$page")
        for option in $(mentioned '\*--[a-z0-9-]+\*' <"$page"); do
                cat "$temporary/names" "$temporary/names.$name" 2>/dev/null | grep -qxe "$option" ||
                        fail "$name has --$option, which is not there"
        done
done
for option in $(grep '^|  ' "$source/man/pinfold-bwrap.1.scd" | mentioned '--[a-z0-9-]+'); do
        grep -qxe "$option" "$temporary/names.bwrap" || fail "pinfold-bwrap(1) has --$option of bubblewrap, which is not there"
done
for option in $(grep '^:  ' "$source/man/pinfold-bwrap.1.scd" | mentioned '--[a-z0-9-]+'); do
        grep -qxe "$option" "$temporary/names" || fail "pinfold-bwrap(1) has --$option of pinfold run, which is not there"
done

"$build/pinfold" run --help | sed -n '/^The file system/,$p' | options | cut -d' ' -f1 >"$temporary/options.library"
while read -r option; do
        grep -qE "^ +$option( |\$)" "$temporary/pages/pinfold_options.3.txt" ||
                fail "$option is not in pinfold_options(3)"
done <"$temporary/options.library"

# ---- Programs and command lines ----

# Runs a script in a directory like that of a fresh build, as a user and, when this is root, as root. Where $expected is
# set, it is what has to be printed.
run()
{
        for who in user root; do
                as=
                rm -rf "$temporary/work"
                mkdir -p "$temporary/work/build"
                ln -s "$build/pinfold" "$build/pinfold-bwrap" "$temporary/work/build/"
                if [ "$(id -u)" != 0 ]; then
                        [ "$who" = user ] || continue
                elif [ "$who" = user ]; then
                        as=$source/tools/as-user.sh
                        chown -R "$("$as" id -u)" "$temporary/work"
                fi
                cd "$temporary/work"
                if ! ${as:+"$as"} timeout 60 sh -c "$1" >"$temporary/output" 2>&1 </dev/null; then
                        fail "as $who this fails:" "$1" "$(cat "$temporary/output")"
                elif [ -n "${expected+set}" ] && [ "$(cat "$temporary/output")" != "$expected" ]; then
                        fail "as $who this prints something else:" "$1" "$(cat "$temporary/output")"
                fi
                cd /
        done
}

# Programs: in pages from an #include to the brace that closes main, as they are rendered; in README the C blocks.
for page in "$temporary"/pages/*.3.txt; do
        awk -v prefix="$temporary/programs/$(basename "$page" .txt)" '
                /^ *#include/ && !inside { inside = 1; text = ""; indent = match($0, /[^ ]/) - 1 }
                inside && NF && match($0, /[^ ]/) - 1 < indent { inside = 0 }
                inside { text = text substr($0, indent + 1) "\n"; main = main || /int main\(/ }
                inside && main && substr($0, indent + 1) == "}" {
                        printf "%s", text >(prefix "-" ++n ".c")
                        inside = main = 0
                }
        ' "$page"
done
awk -v prefix="$temporary/programs/README" '
        /^```/ { inside = $0 == "```c"; n += inside; next }
        inside { print >(prefix "-" n ".c") }
' "$source/README.md"

for page in libpinfold pinfold_container pinfold_error pinfold_ops pinfold_options pinfold_pool README; do
        ls "$temporary/programs/$page"*.c >/dev/null 2>&1 || fail "no program was found in $page"
done
programs=0
for program in "$temporary"/programs/*.c; do
        programs=$((programs + 1))
        if ! "$@" -std=gnu11 -Wall -Wextra -Werror -I"$source/include" "$program" -o "${program%.c}" \
                -L"$build" -lpinfold -Wl,-rpath,"$build" 2>"$temporary/output"; then
                fail "$(basename "$program") does not compile:" "$(cat "$temporary/output")"
                continue
        fi
        unset expected
        run "${program%.c}"
done

# One command a line; a backslash continues it.
lines=0
awk '/^```/ { inside = $0 == "```sh"; next } inside' "$source/README.md" >"$temporary/lines"
while read -r line; do
        case $line in '' | '#'*) continue ;; esac
        unset expected
        run "$line"
        lines=$((lines + 1))
done <<END
$(sed -e ':join' -e '/\\$/{' -e 'N' -e 's/\\\n *//' -e 'b join' -e '}' "$temporary/lines")
END
[ "$lines" -ge 10 ] || fail "README.md has $lines command lines, fewer than ten"

# "$ COMMAND", and what it prints.
awk '/^```/ { inside = $0 == "```console"; next } inside' "$source/README.md" >"$temporary/sessions"
sessions=0
command=
check_session()
{
        [ -n "$command" ] || return 0
        run "$command; true"
        sessions=$((sessions + 1))
}
while read -r line; do
        case $line in
        '$ '*)
                check_session
                command=${line#'$ '} expected=
                ;;
        *) expected="$expected${expected:+
}$line" ;;
        esac
done <"$temporary/sessions"
check_session
[ "$sessions" -ge 1 ] || fail "README.md shows no error"

[ "$failures" = 0 ] || { echo "check-docs: $failures failures" >&2; exit 1; }
echo "check-docs: $(wc -l <"$temporary/declared") functions, $(wc -l <"$temporary/options") options," \
        "$programs programs, $lines command lines, $sessions sessions"
