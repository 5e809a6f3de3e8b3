#!/bin/sh
# compare.sh: the table of all estimates, best first.
set -eu
out=results/table.txt

mkdir -p results
{
    echo "method samples seeds mean error"
    cat work/*.tsv | awk -F '\t' -f scripts/compare.awk | sort -t "$(printf '\t')" -k 5,5g
} | awk '{ printf "%-12s %8s %6s %10s %10s\n", $1, $2, $3, $4, $5 }' >"$out.part"
mv "$out.part" "$out"
