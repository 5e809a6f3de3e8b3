#!/bin/sh
# paint.sh ROW: turns the steps of a row into characters of the palette, which goes from far away to inside.
set -eu
row=$1

# One colour a line; the n-th stands for twice as many steps as the one before it.
line=
while read -r steps; do
    line=$line$(
        limit=3
        while IFS= read -r colour; do
            shade=$colour
            [ "$steps" -ge $limit ] || break
            limit=$((limit * 2))
        done <work/palette
        printf '%s.' "$shade"
    )
    line=${line%.}
done <"work/steps.$row"

printf '%s\n' "$line" >"work/painted.$row.part"
mv "work/painted.$row.part" "work/painted.$row"
